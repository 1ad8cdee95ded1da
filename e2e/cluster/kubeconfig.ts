import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Writes a kubeconfig with all certificates inside it, so that the file can be given away alone. Mode 0600. */
export function writeKubeconfig(
  path: string,
  of: { readonly server: string; readonly pki: string; readonly client: string; readonly authority?: string },
): void {
  const inline = (file: string) => readFileSync(join(of.pki, file)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'e2e',
        cluster: { server: of.server, 'certificate-authority-data': inline(`${of.authority ?? 'ca'}.crt`) },
      },
    ],
    users: [
      {
        name: of.client,
        user: { 'client-certificate-data': inline(`${of.client}.crt`), 'client-key-data': inline(`${of.client}.key`) },
      },
    ],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: of.client } }],
    'current-context': 'e2e',
  };
  writeFileSync(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

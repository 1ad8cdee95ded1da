import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Who calls which server: `client` and `ca` name certificates in the folder `pki`. */
export interface KubeconfigFacts {
  readonly server: string;
  readonly pki: string;
  readonly client: string;
}

/** Writes a kubeconfig, mode 0600. */
export function writeKubeconfig(path: string, of: KubeconfigFacts): void {
  writeFileSync(path, kubeconfigText(of), { mode: 0o600 });
}

/** A kubeconfig with all certificates inside it, so that it can be given away alone. */
export function kubeconfigText(of: KubeconfigFacts): string {
  const inline = (file: string) => readFileSync(join(of.pki, file)).toString('base64');
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'e2e',
        cluster: { server: of.server, 'certificate-authority-data': inline('ca.crt') },
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
  return `${JSON.stringify(config, null, 2)}\n`;
}

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';

/** One certificate to make: who it is for (subject) and, for a server, under which names it is reached. */
export interface CertificateRequest {
  readonly file: string;
  readonly authority: string;
  readonly commonName: string;
  readonly organization?: string;
  /** In OpenSSL's words: `DNS:name` or `IP:address`. With names it serves as well as calls. */
  readonly names?: readonly string[];
}

/** Makes a self-signed authority `<file>.crt` and `<file>.key` (EC P-256, PEM) in `folder`. */
export async function makeAuthority(folder: string, file: string): Promise<void> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await request(
    folder,
    file,
    `/CN=syncreplica-e2e-${file}`,
    [],
    ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'],
  );
}

/** Makes `<file>.crt` and `<file>.key` in `folder`, signed by an authority of `makeAuthority` in the same folder. */
export async function makeCertificate(folder: string, wanted: CertificateRequest): Promise<void> {
  const subject = `${wanted.organization === undefined ? '' : `/O=${wanted.organization}`}/CN=${wanted.commonName}`;
  const names = wanted.names ?? [];
  await request(
    folder,
    wanted.file,
    subject,
    ['-CA', join(folder, `${wanted.authority}.crt`), '-CAkey', join(folder, `${wanted.authority}.key`)],
    [
      'basicConstraints=critical,CA:FALSE',
      'keyUsage=critical,digitalSignature',
      `extendedKeyUsage=clientAuth${names.length > 0 ? ',serverAuth' : ''}`,
      ...(names.length > 0 ? [`subjectAltName=${names.join(',')}`] : []),
    ],
  );
}

/** Makes the pair that signs and checks service account tokens: `<file>.key` and `<file>.pub` (PEM). */
export async function makeTokenKeys(folder: string, file: string): Promise<void> {
  const key = join(folder, `${file}.key`);
  await runCommand('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
  await runCommand('openssl', ['ec', '-in', key, '-pubout', '-out', join(folder, `${file}.pub`)]);
}

async function request(
  folder: string,
  file: string,
  subject: string,
  signer: readonly string[],
  extensions: readonly string[],
): Promise<void> {
  const out = ['-keyout', join(folder, `${file}.key`), '-out', join(folder, `${file}.crt`)];
  // "-config /dev/null": the machine's openssl.cnf adds extensions of its own, and a certificate can't carry one twice.
  const base = ['req', '-x509', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  await runCommand('openssl', [
    ...base,
    '-config',
    '/dev/null',
    '-days',
    '365',
    '-subj',
    subject,
    ...out,
    ...signer,
    ...added,
  ]);
}

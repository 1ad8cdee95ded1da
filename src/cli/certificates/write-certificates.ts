import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { credentialFiles } from '../../api/names.ts';
import { createAuthority, issueClientCertificate, issueServerCertificate } from '../../certificates/authority.ts';
import type { Credentials } from './read-certificates.ts';

const yearMs = 365 * 86_400_000;

/**
 * Makes credentials for both halves: a certificate for the receiver's hosts, one for an agent of the volumes, and the
 * user and password that both share. `authority` is made anew when there is none.
 */
export const makeCredentials = async (options: {
  readonly hosts: readonly string[];
  readonly volumes: readonly string[];
  readonly validForMs?: number;
  readonly authority?: { readonly cert: string; readonly key: string };
  readonly password?: string;
}): Promise<{ authority: { cert: string; key: string }; receiver: Credentials; agent: Credentials }> => {
  const authority = options.authority ?? (await createAuthority({ name: 'SyncReplica' }));
  const validity = { validForMs: options.validForMs ?? 2 * yearMs };
  const server = await issueServerCertificate(authority, { names: options.hosts, ...validity });
  const client = await issueClientCertificate(authority, { volumes: options.volumes, ...validity });
  const shared = {
    ca: authority.cert,
    username: 'syncreplica',
    password: options.password ?? randomBytes(24).toString('base64url'),
  };
  return { authority, receiver: { ...shared, ...server }, agent: { ...shared, ...client } };
};

const secretMode = 0o600;

/** By a rename, for whoever has it already, with the rights it had: on a full disk what was there stays. */
const replaceFile = (path: string, text: string, mode = 0o666): void => {
  const before = statSync(path, { throwIfNoEntry: false });
  const next = `${path}.new`;
  try {
    writeFileSync(next, text, { mode });
    if (before) chmodSync(next, before.mode & 0o7777);
    if (before && process.geteuid?.() === 0) chownSync(next, before.uid, before.gid);
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
};

/** The five files of a `--certs` directory. */
export const writeCredentials = (directory: string, credentials: Credentials): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  for (const [part, name] of Object.entries(credentialFiles) as [keyof Credentials, string][])
    replaceFile(join(directory, name), credentials[part].replace(/\n?$/, '\n'), secretMode);
};

/**
 * Writes `out/receiver` and `out/agent` with five files each, and the authority into `out`. An authority that is
 * there already goes on signing, and the password stays, so that machines set up before are not shut out.
 */
export const writeCertificateDirectories = async (
  out: string,
  options: { readonly hosts: readonly string[]; readonly volumes: readonly string[] },
): Promise<{ renewed: boolean }> => {
  const certPath = join(out, credentialFiles.ca);
  const keyPath = join(out, 'ca.key');
  const passwordPath = join(out, 'receiver', credentialFiles.password);
  const renewed = existsSync(certPath) && existsSync(keyPath);
  const made = await makeCredentials({
    ...options,
    ...(renewed ? { authority: { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') } } : {}),
    ...(existsSync(passwordPath) ? { password: readFileSync(passwordPath, 'utf8').trim() } : {}),
  });
  mkdirSync(out, { recursive: true, mode: 0o700 });
  if (!renewed) {
    replaceFile(keyPath, made.authority.key, secretMode);
    replaceFile(certPath, made.authority.cert);
  }
  writeCredentials(join(out, 'receiver'), made.receiver);
  writeCredentials(join(out, 'agent'), made.agent);
  return { renewed };
};

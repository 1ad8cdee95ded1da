import type { TargetSettings } from '../../api/settings/replication-settings.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import { readCertificates, readNamedFile } from '../certificates/read-certificates.ts';
import { refuseOpenToOthers } from '../certificates/refuse-open-files.ts';
import type { LocalExternalFields, LocalSshFields } from '../parse/local-schema.ts';
import type { LocalTarget } from '../parse/parse-local.ts';

/** The first line of a password file. @throws UsageFailure */
const readPassword = (path: string): string => {
  refuseOpenToOthers('--password-file', path);
  const password = readNamedFile('--password-file', path).split('\n')[0] ?? '';
  if (password !== '') return password;
  throw new UsageFailure(`--password-file: ${path} is empty; write the password into its first line`);
};

/** Settings of a target elsewhere, its credentials read from their files. @throws UsageFailure */
export const connectTarget = (target: Exclude<LocalTarget, { kind: 'directory' }>): TargetSettings =>
  target.kind === 'ssh' ? connectSsh(target.name, target.ssh) : connectDaemon(target.name, target.external);

/** ssh reads both files itself; what is missing is said before. */
const connectSsh = (name: string, ssh: LocalSshFields): TargetSettings => {
  const { address, port = 22, user, path, keyFile = '', knownHostsFile = '' } = ssh;
  readNamedFile('--ssh-key', keyFile);
  if (readNamedFile('--known-hosts', knownHostsFile).trim() === '')
    throw new UsageFailure(`--known-hosts: ${knownHostsFile} is empty`, {
      hint: `ssh-keyscan -p ${port} ${address} >${knownHostsFile}, and compare the key with what its administrator says`,
    });
  return { kind: 'ssh', name, host: address, port, user, path, keyFile, knownHostsFile };
};

const connectDaemon = (name: string, external: LocalExternalFields): TargetSettings => {
  const place = { name, host: external.address, port: external.port };
  if (external.tls === 'Mutual') {
    const { ca, cert, key, username, password } = readCertificates(external.certs ?? '');
    return { kind: 'receiver', ...place, volume: external.module, username, password, tls: { ca, cert, key } };
  }
  return {
    kind: 'rsyncd',
    ...place,
    module: external.module,
    ...(external.username === undefined
      ? {}
      : { username: external.username, password: readPassword(external.passwordFile ?? '') }),
    ...(external.tls === 'None'
      ? {}
      : { tls: external.ca === undefined ? {} : { ca: readNamedFile('--ca', external.ca) } }),
  };
};

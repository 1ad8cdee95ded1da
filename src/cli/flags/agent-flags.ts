import type { Flag } from './flag.ts';

export const logLevel: Flag = { flag: '--log-level <level>', help: 'debug, info, warn, error or silent (info)' };
export const logFormat: Flag = { flag: '--log-format <format>', help: 'text or json (text on a terminal, else json)' };
export const certs: Flag = { flag: '--certs <dir>', help: 'directory with ca.crt tls.crt tls.key username password' };
/** What opens targets that are no receivers. */
export const foreignCredentials: readonly Flag[] = [
  { flag: '--password-file <file>', help: 'password for rsync:// targets, in the first line' },
  { flag: '--ca <file>', help: 'certificate authority of rsync+tls:// targets' },
  { flag: '--ssh-key <file>', help: 'private key of rsync+ssh:// targets, without a passphrase' },
  { flag: '--known-hosts <file>', help: 'whose keys rsync+ssh:// targets must show, as ssh-keyscan writes them' },
];
export const replication: readonly Flag[] = [
  { flag: '--source <dir>', help: 'directory that is copied' },
  ...foreignCredentials,
  { flag: '--release-deletes <id>', help: 'let the deletions go on that are held under this id (status shows it)' },
  { flag: '--adopt', help: 'this source counts although the target holds the data of another one, which is replaced' },
  { flag: '--state-dir <dir>', help: 'where the agent keeps what it must remember (a temporary directory)' },
];

/** What an agent alone can be told. */
export const agentFlags: readonly Flag[] = [
  {
    flag: '--config <settings.json>',
    help: 'all settings as the operator writes them; read again when it changes',
  },
  {
    flag: '--api <host:port>',
    help: 'where an operator asks and instructs, by mTLS with the files beside --config',
  },
  {
    flag: '--await <host:port>',
    help: 'srep:// targets are not dialed: their receivers dial in here (their --dial)',
  },
  {
    flag: '--relay',
    help: 'the source is the data of a receiver with --fresh-for here: its own copies are no fresher than it',
  },
  { flag: '--holder <name>', help: 'who holds the write lease (host name and a random part)' },
  {
    flag: '--take-over',
    help: 'take the write lease although another agent holds it; that one is known to be gone',
  },
];

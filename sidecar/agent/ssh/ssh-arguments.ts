import type { SshFiles, SshTarget } from '../../../src/api/settings/replication-settings.ts';

/** Files of one target's connection, and the port here that leads to its server. */
export interface SshPlace extends SshFiles {
  readonly controlSocket: string;
  readonly localPort: number;
}

/** As known_hosts has it, whatever the way to it is. */
export const knownName = ({ host, port }: Pick<SshTarget, 'host' | 'port'>): string =>
  port === 22 ? host : `[${host}]:${port}`;

/**
 * The options of every ssh of ours: no file but those that are named counts, nobody is asked, nothing is forwarded, one key, and only
 * a host that is known. Source: ssh_config(5), OpenSSH 9.
 */
export const sshOptions = (
  target: Pick<SshTarget, 'host' | 'port' | 'user'>,
  { controlSocket, localPort, keyFile, knownHostsFile }: SshPlace,
): string[] => {
  const options: Readonly<Record<string, string>> = {
    BatchMode: 'yes',
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: quote(knownHostsFile),
    GlobalKnownHostsFile: '/dev/null',
    // The way leads through a port here; the key is that of the host itself.
    HostKeyAlias: knownName(target),
    CheckHostIP: 'no',
    UpdateHostKeys: 'no',
    VerifyHostKeyDNS: 'no',
    IdentityFile: quote(keyFile),
    IdentitiesOnly: 'yes',
    IdentityAgent: 'none',
    PreferredAuthentications: 'publickey',
    PasswordAuthentication: 'no',
    KbdInteractiveAuthentication: 'no',
    ForwardAgent: 'no',
    ForwardX11: 'no',
    ClearAllForwardings: 'yes',
    Tunnel: 'no',
    RequestTTY: 'no',
    EscapeChar: 'none',
    LogLevel: 'ERROR',
    ConnectTimeout: '10',
    ServerAliveInterval: '5',
    ServerAliveCountMax: '3',
    ControlPath: quote(controlSocket),
    Compression: 'no',
  };
  return [
    '-F',
    'none',
    '-p',
    String(localPort),
    '-l',
    target.user,
    ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
  ];
};

/** In ssh's own options a blank ends a file's name, and `%` and `$` begin what it puts in. */
const quote = (path: string): string => `"${path.replaceAll('%', '%%')}"`;

/** rsync's `--rsh`: it parts the text at blanks, but for what is in quotes. */
export const remoteShell = (
  program: readonly string[],
  target: Pick<SshTarget, 'host' | 'port' | 'user'>,
  place: SshPlace,
): string =>
  [...program, ...sshOptions(target, place)].map((word) => (/[\s"']/.test(word) ? `'${word}'` : word)).join(' ');

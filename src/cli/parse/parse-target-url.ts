import { ports } from '../../api/names.ts';
import { UsageFailure } from '../../terminal/usage-failure.ts';
import type { LocalExternalFields, LocalSshFields } from './local-schema.ts';

const schemes: Readonly<Record<string, { readonly port: number; readonly tls: LocalExternalFields['tls'] }>> = {
  'srep:': { port: ports.receiver, tls: 'Mutual' },
  'rsync:': { port: ports.rsyncd, tls: 'None' },
  'rsync+tls:': { port: 874, tls: 'ServerOnly' },
};

/** `user@host:path` and `host:path`, but no `scheme://…`; a directory here of that name is written `./host:path`, as for rsync. */
export const isSshPath = (address: string): boolean => /^([^/@:]+@)?[^/@:\s]+:(?!\/\/)/.test(address);
const hostOf = (address: string): string => address.replace(/^[^@]*@/, '').split(':')[0] ?? '';

const shapes =
  'srep://HOST:PORT/VOLUME, rsync://USER@HOST:PORT/MODULE, rsync+tls://USER@HOST:PORT/MODULE or rsync+ssh://USER@HOST:PORT/DIRECTORY';

/** A target as one URL says it; credentials come from elsewhere. */
export interface TargetAddress {
  /** As the caller wrote it before `=`; undefined when it didn't. */
  readonly name: string | undefined;
  readonly place:
    | { readonly external: Omit<LocalExternalFields, 'certs' | 'ca' | 'passwordFile'>; readonly ssh?: never }
    | { readonly ssh: Omit<LocalSshFields, 'keyFile' | 'knownHostsFile'>; readonly external?: never };
}

/**
 * Reads `[NAME=]srep://HOST[:PORT]/VOLUME`, `[NAME=]rsync://[USER@]HOST[:PORT]/MODULE`, `rsync+tls` for one behind TLS, or
 * `[NAME=]rsync+ssh://USER@HOST[:PORT]/DIRECTORY`.
 * @throws UsageFailure
 */
export const parseTargetUrl = (text: string): TargetAddress => {
  const [, name, address = ''] = /^(?:([^=/:]+)=)?(.*)$/s.exec(text) ?? [];
  const refuse = (why: string): never => {
    throw new UsageFailure(`--target ${text}: ${why}; write ${shapes}`);
  };
  if (isSshPath(address))
    throw new UsageFailure(`--target ${text}: that is how rsync and scp name a path over ssh`, {
      hint: `write rsync+ssh://USER@${hostOf(address)}/DIRECTORY with --ssh-key and --known-hosts; or, quicker and with a lease, run a receiver there and write srep://${hostOf(address)}/VOLUME (syncreplica receiver --help). A directory here of that name is ./${address}`,
    });
  if (!URL.canParse(address)) return refuse('this is no URL');
  const url = new URL(address);
  if (url.protocol === 'rsync+ssh:') return { name, place: { ssh: readSsh(url, refuse) } };
  const scheme = schemes[url.protocol];
  if (!scheme) return refuse(`${url.protocol}// is not known`);
  if (url.password !== '')
    throw new UsageFailure('--target: a password in a URL can be read by everybody; give --password-file FILE');
  const module = url.pathname.slice(1);
  if (url.hostname === '') return refuse('the host is missing');
  if (!/^[A-Za-z0-9_][-A-Za-z0-9_.]*$/.test(module))
    return refuse('after the host comes one name of a volume or module');
  if (url.search !== '' || url.hash !== '') return refuse('a target has no ? or #');
  if (scheme.tls === 'Mutual' && url.username !== '')
    return refuse('a receiver takes the user from the certificates directory');
  return {
    name,
    place: {
      external: {
        address: hostnameOf(url),
        port: url.port === '' ? scheme.port : Number(url.port),
        module,
        tls: scheme.tls,
        // Who writes rsync:// has said it.
        allowPlaintext: scheme.tls === 'None',
        ...(url.username === '' ? {} : { username: decodeURIComponent(url.username) }),
      },
    },
  };
};

const hostnameOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');

const readSsh = (url: URL, refuse: (why: string) => never): Omit<LocalSshFields, 'keyFile' | 'knownHostsFile'> => {
  if (url.password !== '')
    throw new UsageFailure(
      '--target: a password in a URL can be read by everybody, and ssh takes only a key; give --ssh-key FILE',
    );
  if (url.hostname === '') return refuse('the host is missing');
  if (url.username === '') return refuse('the user is missing');
  if (url.search !== '' || url.hash !== '') return refuse('a target has no ? or #');
  const path = decodeURIComponent(url.pathname).replace(/\/+$/, '');
  if (path === '') return refuse('the directory is missing');
  const port = url.port === '' ? {} : { port: Number(url.port) };
  return { address: hostnameOf(url), ...port, user: decodeURIComponent(url.username), path };
};

import { ports } from '../api/names.ts';
import { UsageFailure } from './usage-failure.ts';

/** Where a target is, as one URL says it. `name` is what status and metrics call it. */
export type TargetAddress =
  | {
      readonly kind: 'receiver';
      readonly name: string;
      readonly host: string;
      readonly port: number;
      readonly volume: string;
    }
  | {
      readonly kind: 'rsyncd';
      readonly name: string;
      readonly host: string;
      readonly port: number;
      readonly module: string;
      readonly username?: string;
      readonly tls: boolean;
    };

const schemes: Readonly<Record<string, number>> = {
  'srep:': ports.receiver,
  'rsync:': ports.rsyncd,
  'rsync+tls:': 874,
};

const shapes = 'srep://HOST:PORT/VOLUME, rsync://USER@HOST:PORT/MODULE or rsync+tls://USER@HOST:PORT/MODULE';

/**
 * Reads `[NAME=]srep://HOST[:PORT]/VOLUME` or `[NAME=]rsync://[USER@]HOST[:PORT]/MODULE`; `rsync+tls` for one behind TLS.
 * Without NAME the target is called `HOST:PORT/VOLUME`.
 * @throws UsageFailure
 */
export const parseTargetUrl = (text: string): TargetAddress => {
  const [, givenName, address = ''] = /^(?:([A-Za-z0-9][-A-Za-z0-9_.]*)=)?(.*)$/s.exec(text) ?? [];
  const refuse = (why: string): never => {
    throw new UsageFailure(`--target ${text}: ${why}; write ${shapes}`);
  };
  if (!URL.canParse(address)) return refuse('this is no URL');
  const url = new URL(address);
  const defaultPort = schemes[url.protocol];
  if (defaultPort === undefined) return refuse(`${url.protocol}// is not known`);
  if (url.password !== '')
    throw new UsageFailure(`--target: a password in a URL can be read by everybody; give --password-file FILE`);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const place = decodeURIComponent(url.pathname.slice(1));
  if (host === '') return refuse('the host is missing');
  if (!/^[A-Za-z0-9_][-A-Za-z0-9_.]*$/.test(place))
    return refuse('after the host comes one name of a volume or module');
  if (url.search !== '' || url.hash !== '') return refuse('a target has no ? or #');
  const port = url.port === '' ? defaultPort : Number(url.port);
  if (port === 0) return refuse('a port is from 1 to 65535');
  const common = { name: givenName ?? `${url.hostname}:${port}/${place}`, host, port };
  if (url.protocol === 'srep:') {
    if (url.username !== '') return refuse('a receiver takes the user from the certificates directory');
    return { kind: 'receiver', ...common, volume: place };
  }
  const username = decodeURIComponent(url.username);
  return {
    kind: 'rsyncd',
    ...common,
    module: place,
    ...(username === '' ? {} : { username }),
    tls: url.protocol === 'rsync+tls:',
  };
};

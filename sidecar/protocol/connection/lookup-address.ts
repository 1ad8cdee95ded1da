import { type LookupAddress, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';

/** Asks the name service. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const resolveByHost: Resolve = (host) =>
  new Promise((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });

/** A name service that works answers sooner; one that waits for a lost server takes seconds for each name it tries. */
const patienceMs = 500;

/**
 * A `lookup` for connections that goes by the last answer while the name service is slow or away: replication must not
 * stop with it. Only for peers who show by a certificate who they are. One question at a time for each host, because
 * those that hang would take the threads that files are read with.
 */
export const createLookup = (resolve: Resolve = resolveByHost): LookupFunction => {
  const known = new Map<string, readonly LookupAddress[]>();
  const asking = new Map<string, Promise<readonly LookupAddress[]>>();
  const ask = (host: string): Promise<readonly LookupAddress[]> => {
    const present = asking.get(host);
    if (present) return present;
    const question = resolve(host)
      .then((addresses) => {
        if (addresses.length > 0) known.set(host, addresses);
        return addresses;
      })
      .finally(() => asking.delete(host));
    asking.set(host, question);
    return question;
  };
  return (host, options, callback) => {
    let isAnswered = false;
    const answer = (addresses: readonly LookupAddress[]): void => {
      const [first] = addresses;
      if (isAnswered || first === undefined) return;
      isAnswered = true;
      if (options.all) callback(null, [...addresses]);
      else callback(null, first.address, first.family);
    };
    const last = known.get(host) ?? [];
    const timer = last.length === 0 ? undefined : setTimeout(() => answer(last), patienceMs);
    ask(host).then(
      (addresses) => {
        clearTimeout(timer);
        answer(addresses.length > 0 ? addresses : last);
      },
      (error: Error) => {
        clearTimeout(timer);
        if (last.length > 0) answer(last);
        else callback(error, []);
      },
    );
  };
};

/** The one of this process. */
export const lookupAddress = createLookup();

import { BlockList, isIP } from 'node:net';
import { Failure } from '../../../src/process/failure.ts';

export interface HostsAccess {
  /** Addresses (`10.0.0.7`, `::1`) and networks (`10.0.0.0/8`). With `allow` alone, everybody else is refused. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
}

/**
 * Makes the judge of who may connect, by the rules of rsyncd.conf's `hosts allow` and `hosts deny`: who is allowed
 * comes in; who is not is refused if denied, or if there is an allow list and no deny list.
 * @throws Failure `HostsInvalid`
 */
export const makeHostsAccess = (access: HostsAccess): ((address: string) => boolean) => {
  const allowed = makeList(access.allow);
  const denied = makeList(access.deny);
  return (address) => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (allowed.check(address, family)) return true;
    if (access.deny.length > 0) return !denied.check(address, family);
    return access.allow.length === 0;
  };
};

const makeList = (entries: readonly string[]): BlockList => {
  const list = new BlockList();
  for (const entry of entries) {
    const [address = '', prefix, ...rest] = entry.split('/');
    const version = isIP(address);
    const family = version === 6 ? 'ipv6' : 'ipv4';
    const bits = Number(prefix);
    if (version === 0 || rest.length > 0) throw badEntry(entry);
    if (prefix === undefined) list.addAddress(address, family);
    else if (/^\d{1,3}$/.test(prefix) && bits <= (version === 6 ? 128 : 32)) list.addSubnet(address, bits, family);
    else throw badEntry(entry);
  }
  return list;
};

const badEntry = (entry: string): Failure =>
  new Failure('HostsInvalid', `read hosts allow/deny: ${JSON.stringify(entry)} is no address or network`, {
    hint: 'write an address such as 10.0.0.7 or a network such as 10.0.0.0/8',
  });

import { BlockList, isIP } from 'node:net';

/** Addresses (`10.0.0.7`), networks (`10.0.0.0/8`), names (`backup.example.com`) and all below one (`*.example.com`). */
export type AllowedAddresses = readonly string[];

export interface AddressRules {
  readonly allow: AllowedAddresses;
  /** The API server's address as pods know it. */
  readonly apiServer: string | undefined;
}

/**
 * Why agents may not be sent to an address that somebody wrote in a spec; undefined where they may. With a list only what is
 * on it; without one everything but what belongs to a node or to the cluster itself. What is on the list is always let through.
 */
export const refuseAddress = (address: string, { allow, apiServer }: AddressRules): string | undefined => {
  const name = address.toLowerCase().replace(/\.$/, '');
  if (isOn(allow, name)) return undefined;
  if (allow.length > 0)
    return `the address ${address} is not among those that this cluster allows; ask its administrator, who has the list externalTargets.allow`;
  if (name === apiServer || isOn(ofTheCluster, name) || isOddNumber(name))
    return `the address ${address} is a node’s or the cluster’s own; write the address of the daemon, or have the administrator add it to externalTargets.allow`;
  return undefined;
};

const ofTheCluster: AllowedAddresses = [
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '::/127',
  'fe80::/10',
  'fd00:ec2::254',
  'localhost',
  '*.localhost',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.*',
  'metadata',
  'metadata.google.internal',
];

/** `127.1`, `2130706433` and `0x7f.1` are no addresses to us, but they are to a resolver. */
const isOddNumber = (name: string): boolean =>
  isIP(name) === 0 && /^(\d+|0x[0-9a-f]*)$/.test(name.split('.').at(-1) ?? '');

const isOn = (entries: AllowedAddresses, name: string): boolean =>
  isIP(name) === 0 ? entries.some((entry) => isNamed(entry.toLowerCase(), name)) : isInNetworks(entries, name);

const isNamed = (entry: string, name: string): boolean => {
  if (entry.startsWith('*.')) return name.endsWith(entry.slice(1));
  return entry.endsWith('.*') ? name.startsWith(entry.slice(0, -1)) : entry === name;
};

const isInNetworks = (entries: AllowedAddresses, address: string): boolean => {
  const list = new BlockList();
  for (const entry of entries) {
    const [base = '', prefix] = entry.split('/');
    const version = isIP(base);
    if (version === 0) continue;
    const family = version === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(base, family);
    else list.addSubnet(base, Number(prefix), family);
  }
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
};

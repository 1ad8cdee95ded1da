import { runCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { controlName, type Layout } from './layout.ts';
import { requireMachine } from './machine.ts';
import { hasDevice, inNetwork, ip } from './network.ts';

/*
 *  cluster one: pods ─ node ─ control ── wan 192.0.2.1 ══ 192.0.2.2 wan ── control ─ node ─ pods: cluster other
 *
 * Both have the same addresses inside, as clusters of two owners may: they reach each other by what each offers on its own
 * address of the network between them, and see nothing else of each other.
 */

const device = 'wan';

/** A network between two clusters. */
export interface Joined {
  /** The address of each in it. */
  readonly one: string;
  readonly other: string;
  /** Cuts it: neither reaches the other any more. `mend` brings it back. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Bytes that went over it so far, both ways. */
  crossed(): Promise<number>;
}

/** Lays a network between the control machines of two running clusters; one that is there stays as it is. */
export async function joinClusters(one: Layout, other: Layout): Promise<Joined> {
  if (one.name === other.name) throw new ClusterError('bad-name', `join ${one.name}: it is one cluster`, '');
  const addresses = { one: '192.0.2.1', other: '192.0.2.2' };
  if (!(await hasDevice(one, controlName, device)) || !(await hasDevice(other, controlName, device))) {
    const [from, to] = [requireMachine(one, controlName), requireMachine(other, controlName)];
    for (const layout of [one, other])
      if (await hasDevice(layout, controlName, device)) await ip(layout, controlName, [`link delete ${device}`]);
    // Made straight into both namespaces, as a node's link is.
    const link = ['link', 'add', 'name', device, 'netns', String(from), 'type', 'veth'];
    await runCommand('ip', [...link, 'peer', 'name', device, 'netns', String(to)]);
    await connectEnd(one, addresses.one);
    await connectEnd(other, addresses.other);
  }
  const set = (state: 'up' | 'down') => ip(one, controlName, [`link set ${device} ${state}`]);
  return { ...addresses, cut: () => set('down'), mend: () => set('up'), crossed: () => countBytes(one) };
}

/** Has a cluster's address in the network lead to a port of one of its nodes, as a provider's load balancer does. */
export async function offerPort(layout: Layout, port: number, nodePort: number): Promise<void> {
  const [node] = layout.nodes;
  const rule = `iifname "${device}" tcp dport ${port} dnat to ${node?.address}:${nodePort}`;
  await setTable(layout, 'srep_offers', ['type nat hook prerouting priority dstnat; policy accept;', rule]);
}

async function countBytes(layout: Layout): Promise<number> {
  const text = await inNetwork(layout, controlName, ['ip', '-json', '-statistics', 'link', 'show', 'dev', device]);
  const [{ stats64 }] = JSON.parse(text) as [{ stats64: Record<'rx' | 'tx', { bytes: number }> }];
  return stats64.rx.bytes + stats64.tx.bytes;
}

async function connectEnd(layout: Layout, address: string): Promise<void> {
  await inNetwork(layout, controlName, ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
  // What comes from pods and nodes goes by the cluster's own address there.
  const rule = `oifname "${device}" masquerade`;
  await setTable(layout, 'srep_leaving', ['type nat hook postrouting priority srcnat; policy accept;', rule]);
  await ip(layout, controlName, [`address replace ${address}/24 dev ${device}`, `link set ${device} up`]);
}

async function setTable(layout: Layout, table: string, chain: readonly string[]): Promise<void> {
  // A first line of its own makes the table, so that deleting it can't fail; all is one transaction.
  const lines = [
    `table ip ${table} {}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    'chain rules {',
    ...chain,
    '}',
    '}',
  ];
  await inNetwork(layout, controlName, ['nft', '-f', '-'], `${lines.join('\n')}\n`);
}

import { tryCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { bridge, controlName, inside, type Layout, nodeOf } from './layout.ts';
import { requireMachine, runUnit, stopUnit, unitStates } from './machine.ts';
import { hasDevice, inNetwork, ip } from './network.ts';
import { waitFor } from './wait.ts';

const table = 'srep_fault';

/** Cuts a node's link to everything else: the node runs on, alone. `healLink` brings it back. */
export async function partitionNode(layout: Layout, name: string): Promise<void> {
  const node = nodeOf(layout, name);
  // The far end: a device that is down at the near end would also lose the node's own routes.
  await ip(layout, controlName, [`link set ${node.port} down`]);
}

/** Cuts two nodes and their pods from each other, while both still reach the control plane. */
export async function partitionNodes(layout: Layout, name: string, other: string): Promise<void> {
  const far = nodeOf(layout, other);
  const addresses = `{ ${far.address}, ${far.podPrefix}.0/24 }`;
  await addRules(layout, name, [`ip saddr ${addresses} drop`, `ip daddr ${addresses} drop`]);
}

/** Loses a share of all packets, 0 to 100 percent, that come to the node from outside or leave it. */
export async function dropPackets(layout: Layout, name: string, percent: number): Promise<void> {
  requireRange('percent', percent, 0, 100);
  const share = `numgen random mod 10000 < ${Math.round(percent * 100)} drop`;
  await addRules(layout, name, percent === 0 ? [] : [`iifname "eth0" ${share}`, `oifname "eth0" ${share}`]);
}

/** Narrows the node's link to so many kbit/s, each way. */
export async function narrowLink(layout: Layout, name: string, kbitPerSecond: number): Promise<void> {
  requireRange('kbit/s', kbitPerSecond, 8, 10_000_000);
  const node = nodeOf(layout, name);
  // At least one full packet must fit into the bucket, offloaded ones of 64 KiB too; 50 ms is what waits at most.
  const burst = Math.max(Math.round((kbitPerSecond * 1000) / 8 / 250), 70_000);
  const shape = ['tbf', 'rate', `${kbitPerSecond}kbit`, 'burst', String(burst), 'latency', '50ms'];
  await inNetwork(layout, name, ['tc', 'qdisc', 'replace', 'dev', 'eth0', 'root', ...shape]);
  await inNetwork(layout, controlName, ['tc', 'qdisc', 'replace', 'dev', node.port, 'root', ...shape]);
}

/** Delays everything on the node's link by so many milliseconds, each way: a round trip takes twice that. */
export async function delayLink(layout: Layout, name: string, delayMs: number): Promise<void> {
  requireRange('delay in ms', delayMs, 0, 60_000);
  const node = nodeOf(layout, name);
  await endDelay(layout, name);
  if (delayMs === 0) return;
  const [port, tap] = [node.port, tapOf(node.port)];
  // Frames pass through a program now, so they must be whole: no checksum or segment may be left to a card.
  for (const [machine, device] of [
    [name, 'eth0'],
    [controlName, port],
  ] as const)
    await setOffloads(layout, machine, device, 'off');
  await ip(layout, controlName, [`link set ${port} nomaster`, `link set ${port} arp off`]);
  const flags = [`--port=${port}`, `--tap=${tap}`, `--delay=${delayMs}ms`];
  await runUnit(layout, controlName, unitOf(port), [`${inside.bin}/link-delay`, ...flags]);
  await waitFor(`the slow link of ${name}`, () => hasDevice(layout, controlName, tap), {
    timeoutMs: 20_000,
    everyMs: 50,
  });
  await ip(layout, controlName, [`link set ${tap} master ${bridge} up`]);
}

/** Takes every fault off the node's link; a link without any stays as it is. */
export async function healLink(layout: Layout, name: string): Promise<void> {
  const node = nodeOf(layout, name);
  await endDelay(layout, name);
  for (const [machine, device] of [
    [name, 'eth0'],
    [controlName, node.port],
  ] as const) {
    await tryIn(layout, machine, ['tc', 'qdisc', 'delete', 'dev', device, 'root']);
  }
  await tryIn(layout, name, ['nft', 'delete', 'table', 'inet', table]);
  await ip(layout, controlName, [`link set ${node.port} up`]);
}

async function endDelay(layout: Layout, name: string): Promise<void> {
  const { port } = nodeOf(layout, name);
  const unit = unitOf(port);
  const running = (await unitStates(layout, controlName)).some((state) => state.name === unit && state.wanted);
  if (!running) return;
  await stopUnit(layout, controlName, unit);
  await ip(layout, controlName, [`link set ${port} arp on`, `link set ${port} master ${bridge} up`]);
  for (const [machine, device] of [
    [name, 'eth0'],
    [controlName, port],
  ] as const)
    await setOffloads(layout, machine, device, 'on');
}

async function setOffloads(layout: Layout, machine: string, device: string, state: 'on' | 'off'): Promise<void> {
  const offloads = ['tx', 'sg', 'tso', 'gso', 'gro'].flatMap((name) => [name, state]);
  await inNetwork(layout, machine, ['ethtool', '-K', device, ...offloads]);
}

async function addRules(layout: Layout, name: string, rules: readonly string[]): Promise<void> {
  const chain = (hook: string) =>
    [`chain ${hook} { type filter hook ${hook} priority -300; policy accept;`, ...rules, '}'].join('\n');
  const text = ['input', 'output', 'forward'].map(chain).join('\n');
  // A first line of its own makes the table, so that deleting it can't fail; all is one transaction.
  const script = `table inet ${table} {}\ndelete table inet ${table}\ntable inet ${table} {\n${text}\n}\n`;
  await inNetwork(layout, name, ['nft', '-f', '-'], script);
}

function tryIn(layout: Layout, machine: string, command: readonly string[]) {
  return tryCommand('nsenter', ['--target', String(requireMachine(layout, machine)), '--net', '--', ...command]);
}

function tapOf(port: string): string {
  return `${port}slow`;
}

function unitOf(port: string): string {
  return `link-delay-${port}`;
}

function requireRange(what: string, value: number, least: number, most: number): void {
  if (Number.isFinite(value) && value >= least && value <= most) return;
  throw new ClusterError('bad-fault', `make a fault: ${what} ${value} is not ${least} to ${most}`, '');
}

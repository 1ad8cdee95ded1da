import { type CommandResult, runCommand, tryCommand } from './command.ts';
import { bridge, controlAddress, controlName, type Layout, type NodeLayout } from './layout.ts';
import { machinePid, requireMachine } from './machine.ts';

/** Gives the control machine its bridge. Doing it twice is no problem. */
export async function connectControl(layout: Layout): Promise<void> {
  const { stdout: addresses } = await inspect(layout, controlName, ['-4', 'address', 'show', 'dev', bridge, 'up']);
  if (addresses.includes(controlAddress)) return;
  await inspect(layout, controlName, ['link', 'delete', bridge]); // one whose making was interrupted
  await ip(layout, controlName, [
    'link set lo up',
    `link add ${bridge} type bridge forward_delay 0`,
    `address add ${controlAddress}/24 dev ${bridge}`,
    `link set ${bridge} up`,
  ]);
}

/** Hangs a node on the control machine's bridge and gives every machine its routes to the others' pods. */
export async function connectNode(layout: Layout, node: NodeLayout): Promise<void> {
  // The default route comes last: where it is, all else is.
  const { stdout: route } = await inspect(layout, node.name, ['route', 'show', 'default']);
  if (route !== '') return;
  await inspect(layout, node.name, ['link', 'delete', 'eth0']);
  const [control, pid] = [requireMachine(layout, controlName), requireMachine(layout, node.name)];
  // Made straight into both namespaces: the host never has a device of ours, not even when this is interrupted here.
  const link = ['link', 'add', 'name', node.port, 'netns', String(control), 'type', 'veth'];
  await runCommand('ip', [...link, 'peer', 'name', 'eth0', 'netns', String(pid)]);
  await inNetwork(layout, node.name, ['sysctl', '-q', '-w', 'net.ipv4.ip_forward=1']);
  await ip(layout, controlName, [
    `link set ${node.port} master ${bridge} up`,
    `route replace ${node.podPrefix}.0/24 via ${node.address}`,
  ]);
  const others = layout.nodes.filter((other) => other.name !== node.name);
  await ip(layout, node.name, [
    'link set lo up',
    `address add ${node.address}/24 dev eth0`,
    'link set eth0 up',
    ...others.map((other) => `route add ${other.podPrefix}.0/24 via ${other.address}`),
    // Without it a Service's address is unreachable from the node itself: there must be a route before it can be rewritten.
    `route add default via ${controlAddress}`,
  ]);
}

/** Runs `ip` commands in a machine's network, in one go. */
export async function ip(layout: Layout, machine: string, lines: readonly string[]): Promise<void> {
  const target = String(requireMachine(layout, machine));
  await runCommand('nsenter', ['--target', target, '--net', '--', 'ip', '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
  });
}

/** Runs one program in a machine's network with the host's files; gives its standard output. */
export async function inNetwork(
  layout: Layout,
  machine: string,
  command: readonly string[],
  input = '',
): Promise<string> {
  const target = String(requireMachine(layout, machine));
  return (await runCommand('nsenter', ['--target', target, '--net', '--', ...command], { input })).stdout;
}

function inspect(layout: Layout, machine: string, words: readonly string[]): Promise<CommandResult> {
  return tryCommand('nsenter', ['--target', String(requireMachine(layout, machine)), '--net', '--', 'ip', ...words]);
}

/** True when the machine runs and has a network device of this name. */
export async function hasDevice(layout: Layout, machine: string, device: string): Promise<boolean> {
  if (machinePid(layout, machine) === undefined) return false;
  const { stdout } = await runCommand('nsenter', [
    '--target',
    String(requireMachine(layout, machine)),
    '--net',
    '--',
    'ip',
    '-json',
    'link',
  ]);
  return (JSON.parse(stdout) as { ifname: string }[]).some(({ ifname }) => ifname === device);
}

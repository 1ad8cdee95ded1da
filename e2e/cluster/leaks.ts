import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cgroupProcesses, existingCgroups, findHierarchies } from './cgroups.ts';
import { tryCommand } from './command.ts';
import { type Layout, machineNames } from './layout.ts';
import { machinePid } from './machine.ts';

/** What tells a process of the cluster from any other: the namespaces of its machines, as /proc names them (`net:[4026532…]`). */
export type Namespaces = ReadonlySet<string>;

const kinds = ['net', 'mnt', 'pid', 'uts', 'ipc'] as const;

/** The namespaces of the machines that run now. To be asked for before they are ended. */
export function namespacesOf(layout: Layout): Namespaces {
  const pids = machineNames(layout).flatMap((name) => machinePid(layout, name) ?? []);
  const host = new Set(namespaces('self'));
  return new Set(pids.flatMap((pid) => namespaces(String(pid))).filter((name) => !host.has(name)));
}

/** Processes that are in one of the namespaces or in the cluster's cgroup. This process and those it came from are not among them. */
export function processesOf(layout: Layout, of: Namespaces): readonly number[] {
  const found = new Set(cgroupProcesses(layout.cgroup, findHierarchies()));
  for (const pid of allProcesses()) if (namespaces(String(pid)).some((name) => of.has(name))) found.add(pid);
  for (const pid of ancestors()) found.delete(pid);
  return [...found].filter((pid) => !isZombie(pid));
}

/**
 * Everything of the cluster that is on the machine, one sentence each; nothing after a `down`:
 * processes, mounts (seen by any process), network devices of the host, loop devices, cgroups and files.
 */
export async function findLeaks(layout: Layout, of: Namespaces): Promise<readonly string[]> {
  const processes = processesOf(layout, of).map((pid) => `process ${pid} (${read(`/proc/${pid}/comm`).trim()})`);
  const cgroups = existingCgroups(layout.cgroup, findHierarchies()).map((folder) => `cgroup ${folder}`);
  const files = [layout.folder].filter((path) => existsSync(path)).map((path) => `files in ${path}`);
  const loops = (await loopDevices(layout)).map((device) => `loop device ${device}`);
  return [...processes, ...mountsOf(layout), ...(await devicesOf(layout)), ...loops, ...cgroups, ...files];
}

/** Loop devices whose file is in the cluster's folder, removed files included. */
export async function loopDevices(layout: Layout): Promise<readonly string[]> {
  const { stdout } = await tryCommand('losetup', ['--list', '--noheadings', '--output', 'NAME,BACK-FILE']);
  const lines = stdout
    .split('\n')
    .filter((line) => line.includes(`${layout.folder}/`) || line.includes(' /cluster/volumes/'));
  return lines.filter((line) => ownsLoop(layout, line)).map((line) => line.trim().split(/\s+/)[0] ?? '');
}

/** Inside a machine the folder has another name, the same in every cluster; a volume's name is its own. */
function ownsLoop(layout: Layout, line: string): boolean {
  const file = line.trim().split(/\s+/)[1] ?? '';
  return file.startsWith(layout.folder) || existsSync(file.replace('/cluster/volumes', layout.volumes));
}

function mountsOf(layout: Layout): string[] {
  const seen = new Set<string>();
  for (const pid of allProcesses()) {
    for (const line of read(`/proc/${pid}/mountinfo`).split('\n')) {
      if (line.includes(`${layout.folder}/`)) seen.add(`mount ${line.split(' ')[4]} in the view of process ${pid}`);
    }
  }
  return [...seen];
}

async function devicesOf(layout: Layout): Promise<string[]> {
  const { stdout } = await tryCommand('ip', ['-json', 'link']);
  const ours = new Set([...layout.nodes.map(({ port }) => port), 'srep0', 'cni0']);
  const names = (JSON.parse(stdout || '[]') as { ifname: string }[]).map(({ ifname }) => ifname);
  return names.filter((name) => ours.has(name)).map((name) => `network device ${name}`);
}

function namespaces(pid: string): string[] {
  return kinds.flatMap((kind) => {
    try {
      return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
    } catch {
      return []; // it has ended meanwhile
    }
  });
}

function allProcesses(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function ancestors(): number[] {
  const found: number[] = [];
  for (let pid = process.pid; pid > 1; pid = parentOf(pid)) found.push(pid);
  return found;
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

function isZombie(pid: number): boolean {
  const stat = read(`/proc/${pid}/stat`);
  return stat === '' || ['Z', 'X'].includes(stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '');
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  cgroupFolders,
  cgroupProcesses,
  findHierarchies,
  type Hierarchies,
  makeCgroup,
  removeCgroup,
} from './cgroups.ts';
import { type CommandOptions, type CommandResult, runCommand } from './command.ts';
import type { Unit } from './component-flags.ts';
import { ClusterError } from './failure.ts';
import { inside, type Layout, machineFolder } from './layout.ts';
import { identify, isRunning, type ProcessIdentity } from './process-identity.ts';
import { waitFor } from './wait.ts';

/** What the init of a machine tells about one of its programs; `pid` is the one inside the machine, 0 when it does not run. */
export interface UnitState {
  readonly name: string;
  readonly wanted: boolean;
  readonly pid: number;
  readonly restarts: number;
}

/**
 * Boots a machine: its namespaces and its init, with nothing started in it yet. One that runs already stays as it is.
 * `files` go to its configuration folder (name → text), `bin` is the folder of the programs on the host.
 */
export async function bootMachine(
  layout: Layout,
  name: string,
  bin: string,
  units: readonly Unit[],
  files: Readonly<Record<string, string>>,
): Promise<void> {
  if (machinePid(layout, name) !== undefined) return;
  const folder = machineFolder(layout, name);
  const hierarchies = findHierarchies();
  const cgroup = `${layout.cgroup}/${name}`;
  await clearCgroup(cgroup, hierarchies);
  makeCgroup(`${cgroup}/programs`, hierarchies);
  makeCgroup(`${cgroup}/pods`, hierarchies);
  for (const part of ['root', 'run', 'log', 'config']) mkdirSync(join(folder, part), { recursive: true });
  mkdirSync(layout.volumes, { recursive: true });
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, 'config', file, '..'), { recursive: true });
    writeFileSync(join(folder, 'config', file), text, { mode: 0o600 });
  }
  const config = {
    hostname: name,
    root: join(folder, 'root'),
    binds: [
      { source: bin, target: inside.bin, readOnly: true },
      { source: layout.pki, target: inside.pki, readOnly: true },
      { source: join(folder, 'config'), target: inside.config, readOnly: true },
      { source: join(folder, 'log'), target: inside.log },
      { source: join(folder, 'run'), target: inside.run },
      { source: layout.volumes, target: inside.volumes },
    ],
    cgroups: cgroupFolders(`${cgroup}/programs`, hierarchies),
    socket: `${inside.run}/init.sock`,
    units,
  };
  const configPath = join(folder, 'machine.json');
  writeFileSync(configPath, JSON.stringify(config));
  const { stdout } = await runCommand(join(bin, 'machine'), ['boot', configPath], { timeoutMs: 30_000 });
  writeFileSync(join(folder, 'init.json'), JSON.stringify(identify(Number(stdout.trim()))));
}

/**
 * Ends a machine whose start was interrupted before it was written down: it is still in its cgroup. The cgroups go too, as
 * by a real boot: for each that is left of a dead pod the kubelet asks containerd in vain for seconds.
 */
async function clearCgroup(cgroup: string, hierarchies: Hierarchies): Promise<void> {
  const ended = async () => {
    const left = cgroupProcesses(cgroup, hierarchies);
    for (const pid of left) killNow(pid);
    return left.length === 0;
  };
  await waitFor(`what was left in ${cgroup} to end`, ended, { timeoutMs: 20_000, everyMs: 50 });
  await removeCgroup(cgroup, hierarchies);
}

/** SIGKILL; a process that has ended by itself is no error. */
export function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The host's process id of the machine's init, or undefined when the machine is off. */
export function machinePid(layout: Layout, name: string): number | undefined {
  const path = join(machineFolder(layout, name), 'init.json');
  if (!existsSync(path)) return undefined;
  const identity = JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  return isRunning(identity) ? identity.pid : undefined;
}

/** The same for a caller that needs the machine to run. Throws ClusterError `machine-off`. */
export function requireMachine(layout: Layout, name: string): number {
  const pid = machinePid(layout, name);
  if (pid !== undefined) return pid;
  throw new ClusterError('machine-off', `reach ${name}: it does not run`, 'See: npm run cluster -- status');
}

/** Cuts the machine's power: SIGKILL to its init ends every process in it, and its network and mounts go with them. */
export async function cutPower(layout: Layout, name: string): Promise<void> {
  const pid = machinePid(layout, name);
  if (pid === undefined) return;
  process.kill(pid, 'SIGKILL');
  await waitFor(`${name} to be off`, async () => machinePid(layout, name) === undefined, {
    timeoutMs: 20_000,
    everyMs: 20,
  });
  rmSync(join(machineFolder(layout, name), 'init.json'), { force: true });
}

/** Runs a program inside the machine: all of its namespaces, or only its network with the host's files. */
export function runInMachine(
  layout: Layout,
  name: string,
  command: readonly string[],
  options: CommandOptions & { readonly namespaces?: 'all' | 'network' } = {},
): Promise<CommandResult> {
  return runCommand('nsenter', [...enterFlags(layout, name, options.namespaces ?? 'all'), ...command], options);
}

/** The words for nsenter(1) that lead into the machine. */
export function enterFlags(layout: Layout, name: string, namespaces: 'all' | 'network'): readonly string[] {
  const target = String(requireMachine(layout, name));
  if (namespaces === 'network') return ['--target', target, '--net', '--'];
  return ['--target', target, '--mount', '--uts', '--ipc', '--net', '--pid', '--root', '--wd', '--'];
}

/** Starts units one after the other, each as soon as the one before is running. */
export async function startUnits(layout: Layout, name: string, units: readonly string[]): Promise<void> {
  for (const unit of units) await order(layout, name, { do: 'start', unit });
}

/** Ends a unit with a signal (by its number, 9 by default) and leaves it off. */
export async function stopUnit(layout: Layout, name: string, unit: string, signal = 9): Promise<void> {
  await order(layout, name, { do: 'stop', unit, signal });
}

/** Runs a program in the machine as a unit of its own: kept running, logged, ended by `stopUnit` or with the machine. */
export async function runUnit(layout: Layout, name: string, unit: string, args: readonly string[]): Promise<void> {
  await order(layout, name, { do: 'run', unit, args });
}

/** What the machine's init tells about its programs. */
export function unitStates(layout: Layout, name: string): Promise<readonly UnitState[]> {
  return order(layout, name, { do: 'states' });
}

function order(layout: Layout, name: string, wanted: object): Promise<readonly UnitState[]> {
  requireMachine(layout, name);
  return new Promise((resolve, reject) => {
    const socket = connect(join(machineFolder(layout, name), 'run', 'init.sock'));
    const fail = (why: string, cause?: unknown) =>
      reject(new ClusterError('machine-refused', `order ${JSON.stringify(wanted)} on ${name}: ${why}`, '', cause));
    let text = '';
    socket.setTimeout(30_000, () => socket.destroy(new Error('no answer within 30 s')));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (!text.endsWith('\n')) return;
      socket.end();
      const answer = JSON.parse(text) as { error?: string; units: UnitState[] };
      if (answer.error !== undefined) fail(answer.error);
      else resolve(answer.units);
    });
    socket.once('error', (error) => fail(error.message, error));
    socket.write(`${JSON.stringify(wanted)}\n`);
  });
}

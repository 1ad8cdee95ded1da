import { readFileSync } from 'node:fs';
import { cgroupProcesses, findHierarchies } from './cgroups.ts';
import { controlUnits, nodeUnits } from './component-flags.ts';
import { kubectl } from './kubectl.ts';
import { controlName, type Layout, machineFolder, machineNames, nodeOf } from './layout.ts';
import { machinePid, unitStates } from './machine.ts';
import { type ClusterState, clusterNames, openCluster } from './state.ts';

/** What there is to know of one cluster. */
export interface ClusterStatus {
  readonly name: string;
  /** True when `up` went through and every machine and every wanted program runs. */
  readonly healthy: boolean;
  readonly kubeconfig: string;
  readonly machines: readonly MachineStatus[];
  /** What kubectl tells about the nodes, one line each; empty when the apiserver does not answer. */
  readonly nodes: string;
}

export interface MachineStatus {
  readonly name: string;
  /** The host's process id of its init; undefined when it is off. */
  readonly pid: number | undefined;
  readonly programs: readonly string[];
  readonly ended: readonly string[];
  /** Of its own programs, without its pods: what they have for themselves and their share of what they share (PSS). */
  readonly memoryMib: number;
  readonly logs: string;
}

/** The status of the cluster of this name. Throws ClusterError `no-cluster`. */
export async function readStatus(name: string): Promise<ClusterStatus> {
  const { layout, state } = openCluster(name);
  const machines = await Promise.all(machineNames(layout).map((machine) => machineStatus(layout, machine)));
  const running = machines.every(({ pid, ended }) => pid !== undefined && ended.length === 0);
  return {
    name,
    healthy: state.ready && running,
    kubeconfig: layout.kubeconfig,
    machines,
    nodes: await nodeLines(layout, state),
  };
}

/** The status as text for a person. */
export function describeStatus(status: ClusterStatus): string {
  const lines = status.machines.map((machine) => {
    const state = machine.pid === undefined ? 'off' : `on (init ${machine.pid}), ${machine.memoryMib} MiB`;
    const ended = machine.ended.length > 0 ? `; not running: ${machine.ended.join(', ')}` : '';
    return `  ${machine.name.padEnd(8)} ${state}; ${machine.programs.join(', ')}${ended}\n           logs in ${machine.logs}`;
  });
  const total = status.machines.reduce((sum, machine) => sum + machine.memoryMib, 0);
  return [
    `cluster ${status.name}: ${status.healthy ? 'healthy' : 'NOT healthy (repair: npm run cluster -- up)'}, ${total} MiB`,
    ...lines,
    ...status.nodes.split('\n').map((line) => `  ${line}`),
    usage(status),
  ].join('\n');
}

/** How to use a cluster, for the end of `up`. */
export function usage(of: { readonly name: string; readonly kubeconfig: string }): string {
  const flag = of.name === 'main' ? '' : ` --name ${of.name}`;
  return [
    `  kubeconfig ${of.kubeconfig} (its address is that of the control machine's network: use it through one of these)`,
    `  npm run cluster -- kubectl${flag} get pods -A     npm run cluster -- shell${flag}`,
    `  npm run cluster -- images${flag}                  npm run cluster -- down${flag}`,
  ].join('\n');
}

/** One line a cluster for all on this machine. */
export async function describeAll(): Promise<string> {
  const names = clusterNames();
  if (names.length === 0) return 'no cluster here; start one: npm run cluster -- up';
  return names.map((name) => `cluster ${name}: npm run cluster -- status --name ${name}`).join('\n');
}

async function machineStatus(layout: Layout, name: string): Promise<MachineStatus> {
  const pid = machinePid(layout, name);
  const units = pid === undefined ? [] : await unitStates(layout, name);
  const memory = proportionalMemory(cgroupProcesses(`${layout.cgroup}/${name}/programs`, findHierarchies()));
  // A program that a fault has started and ended (a slow link) is none that should run.
  const expected = name === controlName ? controlUnits() : nodeUnits(nodeOf(layout, name));
  const runs = new Set(units.filter((unit) => unit.pid !== 0).map((unit) => unit.name));
  return {
    name,
    pid,
    programs: [...runs],
    ended: pid === undefined ? [] : expected.map((unit) => unit.name).filter((unit) => !runs.has(unit)),
    memoryMib: Math.round(memory / 1024 ** 2),
    logs: `${machineFolder(layout, name)}/log`,
  };
}

async function nodeLines(layout: Layout, state: ClusterState): Promise<string> {
  if (machinePid(layout, controlName) === undefined) return 'the control plane is off';
  try {
    const { stdout } = await kubectl(layout, state.bin, ['get', 'nodes', '-o', 'wide', '--request-timeout=5s']);
    return stdout.trimEnd();
  } catch (error) {
    return `the apiserver does not answer: ${error instanceof Error ? error.message.split('\n').at(-1) : error}`;
  }
}

function proportionalMemory(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + proportionalKib(pid), 0) * 1024;
}

function proportionalKib(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended meanwhile
  }
}

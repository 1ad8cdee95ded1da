import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from './wait.ts';

const root = '/sys/fs/cgroup';
const wantedByKubelet = [
  'cpu',
  'cpuacct',
  'cpuset',
  'memory',
  'pids',
  'hugetlb',
  'io',
  'devices',
  'freezer',
  'blkio',
  'systemd',
];

/** Which kind of cgroups this machine has, and the folder of each hierarchy (one on v2, one a controller on v1). */
export interface Hierarchies {
  readonly version: 1 | 2;
  readonly folders: readonly string[];
  /** With those that nothing is asked of here, but that a container runtime may use: what is to be cleaned. */
  readonly all: readonly string[];
}

/** Finds the hierarchies: a machine whose /sys/fs/cgroup itself is cgroup2 has v2, any other v1. */
export function findHierarchies(): Hierarchies {
  if (existsSync(join(root, 'cgroup.controllers'))) return { version: 2, folders: [root], all: [root] };
  const mounted = existsSync(root) ? readdirSync(root) : [];
  const wanted = mounted.filter((name) => wantedByKubelet.includes(name));
  const at = (names: readonly string[]) => names.map((name) => join(root, name));
  return { version: 1, folders: at(wanted), all: at(mounted) };
}

/** Makes the cgroup `path` (names joined by "/") in every hierarchy, ready for a kubelet to make its own below it. */
export function makeCgroup(path: string, hierarchies: Hierarchies): void {
  const names = path.split('/');
  for (const hierarchy of hierarchies.folders) {
    for (let depth = 1; depth <= names.length; depth += 1) {
      const parent = join(hierarchy, ...names.slice(0, depth - 1));
      const folder = join(hierarchy, ...names.slice(0, depth));
      mkdirSync(folder, { recursive: true });
      if (hierarchies.version === 2) delegate(parent);
      // On v1 a new cpuset is empty, and nothing can run in it.
      else for (const file of ['cpuset.cpus', 'cpuset.mems']) inherit(parent, folder, file);
    }
  }
}

/** The folders whose cgroup.procs a process joins to be counted in the cgroup `path`. */
export function cgroupFolders(path: string, hierarchies: Hierarchies): readonly string[] {
  return hierarchies.folders.map((folder) => join(folder, path));
}

/** Every folder of the cgroup `path` that exists. */
export function existingCgroups(path: string, hierarchies: Hierarchies): readonly string[] {
  return hierarchies.all.map((folder) => join(folder, path)).filter((folder) => existsSync(folder));
}

/** Process ids in the cgroup `path` and below it, each once. */
export function cgroupProcesses(path: string, hierarchies: Hierarchies): readonly number[] {
  const pids = new Set<number>();
  for (const folder of existingCgroups(path, hierarchies)) {
    for (const below of tree(folder)) {
      for (const pid of read(join(below, 'cgroup.procs')).split('\n')) if (pid !== '') pids.add(Number(pid));
    }
  }
  return [...pids];
}

/** Removes the cgroup `path` with all below it; waits for the last dying process to leave. */
export async function removeCgroup(path: string, hierarchies: Hierarchies): Promise<void> {
  const removed = async () => {
    for (const folder of existingCgroups(path, hierarchies)) for (const below of tree(folder)) rmdirSync(below);
    return true;
  };
  await waitFor(`cgroup ${path} to be empty`, removed, { timeoutMs: 10_000, everyMs: 50 });
}

function tree(folder: string): string[] {
  const below = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => tree(join(folder, entry.name))), folder];
}

function delegate(folder: string): void {
  for (const controller of read(join(folder, 'cgroup.controllers')).trim().split(' ')) {
    if (controller === '') continue;
    try {
      writeFileSync(join(folder, 'cgroup.subtree_control'), `+${controller}`);
    } catch {
      // A controller that this machine can't delegate is one that the kubelet does without, or names in its own log.
    }
  }
}

function inherit(parent: string, folder: string, file: string): void {
  if (existsSync(join(folder, file))) writeFileSync(join(folder, file), read(join(parent, file)));
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

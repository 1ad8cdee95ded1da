import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupFolders, findHierarchies, makeCgroup, removeCgroup } from '../../e2e/cluster/cgroups.ts';

/** A cgroup whose processes are killed beyond a limit, as a container's. */
export interface MemoryLimit {
  /** Path of the file that a process writes its id into to be held. */
  readonly joins: string;
  /** Times a process of it was killed for its memory. */
  kills(): number;
  /** The most that it held at once, bytes. */
  peakBytes(): number;
  /** What was most until now counts no more; where the kernel can't forget it, it goes on counting. */
  forgetPeak(): void;
  remove(): Promise<void>;
}

const mebi = 1_048_576;

/** Undefined where cgroups can't be made here. */
export const makeMemoryLimit = (name: string, limitMiB: number): MemoryLimit | undefined => {
  const hierarchies = findHierarchies();
  const v2 = hierarchies.version === 2;
  try {
    makeCgroup(name, hierarchies);
    const [folder] = cgroupFolders(name, hierarchies).filter((one) => v2 || one.includes('/memory/'));
    if (folder === undefined) return undefined;
    const peakFile = v2 ? 'memory.peak' : 'memory.max_usage_in_bytes';
    const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, v2 ? 'memory.max' : 'memory.limit_in_bytes'), String(limitMiB * mebi));
    return {
      joins: join(folder, 'cgroup.procs'),
      peakBytes: () => Number(read(peakFile)),
      forgetPeak() {
        try {
          writeFileSync(join(folder, peakFile), '0');
        } catch {
          // Kernels before 6.12 with cgroup2.
        }
      },
      kills: () => Number(/oom_kill (\d+)/.exec(read(v2 ? 'memory.events' : 'memory.oom_control'))?.[1] ?? 0),
      remove: () => removeCgroup(name, hierarchies),
    };
  } catch (error) {
    console.log(`there is no limit of memory: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
};

import { readdirSync, readFileSync } from 'node:fs';

/** Processor ticks a second, as Linux reports them to every program. */
const ticksPerSecond = 100;

const statOf = (pid: number): string[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
};

/** The processes and all that they have started. */
export function familyOf(roots: readonly number[]): number[] {
  const family = new Set(roots);
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    const parent = /^[0-9]+$/.test(name) ? statOf(Number(name))?.[1] : undefined;
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const [pid, parent] of parents) if (family.has(parent)) family.add(pid);
  }
  return [...family];
}

/** Processor time of a family, seconds: to the nanosecond of what runs, in ticks of 10 ms of its children that have ended. */
export function cpuSecondsOf(roots: readonly number[]): number {
  let seconds = 0;
  for (const pid of familyOf(roots)) seconds += runSecondsOf(pid) + endedChildrenSecondsOf(pid);
  return seconds;
}

/** Processor time of a process's children that have ended, seconds. */
export function endedChildrenSecondsOf(pid: number): number {
  return (statOf(pid)?.slice(13, 15) ?? []).reduce((sum, field) => sum + Number(field) / ticksPerSecond, 0);
}

function runSecondsOf(pid: number): number {
  let nanoseconds = 0;
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`))
      nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    // It ended meanwhile.
  }
  return nanoseconds / 1e9;
}

/** Resident memory of one process, bytes. */
export function residentBytesOf(pid: number): number {
  const line = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) * 1024;
}

/** Memory of a family, what they share counted once, bytes. */
export function memoryBytesOf(roots: readonly number[]): number {
  let bytes = 0;
  for (const pid of familyOf(roots)) {
    try {
      const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
      bytes += Number(/^Pss:\s+([0-9]+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
    } catch {
      // It ended meanwhile.
    }
  }
  return bytes;
}

/** Of one process what is no page of a file: of those the kernel takes back what it needs, bytes. */
export function ownBytesOf(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Anonymous:\s+([0-9]+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
}

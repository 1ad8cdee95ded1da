import { readFileSync } from 'node:fs';

/** A process that can be told from a later one with the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Ticks since the host's boot. */
  readonly startTicks: string;
}

/** The identity of a running process. */
export function identify(pid: number): ProcessIdentity {
  return { pid, startTicks: startTicksOf(pid) ?? '' };
}

/** True while that very process runs; a zombie does not. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identity.startTicks !== '' && startTicksOf(identity.pid) === identity.startTicks;
}

/** Field 22 of /proc/PID/stat (proc(5)), or undefined when there is no such process or only its remains. */
function startTicksOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

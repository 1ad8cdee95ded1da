import { readdirSync, readFileSync } from 'node:fs';

export interface Running {
  readonly pid: number;
  readonly name: string;
}

/** Every process that descends from this one now. */
export function descendantsOf(pid: number): Running[] {
  const children = new Map<number, Running[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = read(`/proc/${entry}/stat`);
    const [, name = '', parent = ''] = /^\d+ \((.*)\) \S (\d+)/s.exec(stat) ?? [];
    const siblings = children.get(Number(parent)) ?? [];
    siblings.push({ pid: Number(entry), name });
    children.set(Number(parent), siblings);
  }
  const found: Running[] = [];
  const open = [pid];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const child of children.get(at) ?? []) {
      found.push(child);
      open.push(child.pid);
    }
  }
  return found;
}

/** Ends every rsync that descends from these processes; answers how many there were. */
export function killRsyncs(pids: readonly number[]): number {
  const rsyncs = pids.flatMap(descendantsOf).filter(({ name }) => name === 'rsync');
  for (const { pid } of rsyncs) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended by itself.
    }
  }
  return rsyncs.length;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

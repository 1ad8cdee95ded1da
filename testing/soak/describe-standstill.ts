import { readFileSync } from 'node:fs';
import { descendantsOf, type Running } from '../../sidecar/agent/testing/descendants.ts';
import { errorMessage } from '../../src/process/failure.ts';
import { answerWithin } from './answer-within.ts';
import type { SoakWorld } from './soak-world.ts';

/** A process as the kernel sees it; what can't be read is of one that has just ended. */
export interface ProcessShown extends Running {
  /** As in proc_pid_stat(5): R runs, S sleeps, D waits for a disk, T is stopped, Z is dead and not reaped. */
  readonly state: string;
  readonly command: string;
  /** What it has had of a processor, in ticks of the system: what doesn't grow is waiting. */
  readonly ticks: number;
  /** Where in the kernel it waits. */
  readonly waitsIn: string;
}

const answerMs = 5_000;

/** What one needs to see why nothing moves: the agent's locks and work, and every process of both sides. */
export async function describeStandstill({ agent, world }: SoakWorld): Promise<object> {
  const locks = await answerWithin(answerMs, agent.locks()).catch((error: unknown) => errorMessage(error));
  const shown = (pid: number, name: string): ProcessShown[] => [{ pid, name }, ...descendantsOf(pid)].map(showProcess);
  return { locks, agent: shown(agent.pid, 'agent'), receiver: shown(world.receiver.pid, 'receiver') };
}

export const showProcess = ({ pid, name }: Running): ProcessShown => ({
  pid,
  name,
  state: /^State:\s+(\S)/m.exec(read(pid, 'status'))?.[1] ?? '',
  command: read(pid, 'cmdline').split('\0').join(' ').trim(),
  ticks: ticksOf(read(pid, 'stat')),
  waitsIn: read(pid, 'wchan'),
});

/** utime and stime, after the name, which may hold anything. */
const ticksOf = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
};

function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

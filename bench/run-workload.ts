import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender, Running } from './contender.ts';
import type { TargetNetwork } from './network/target-network.ts';
import type { Figures, Workload } from './workload.ts';

export interface Surroundings {
  /** On the disk that is measured; a directory is made in it and taken away again. */
  readonly directory: string;
  readonly network: TargetNetwork;
  readonly quick: boolean;
}

/** Runs a workload with a contender, from an empty source to its end. */
export const runWorkload = async (
  workload: Workload,
  contender: Contender,
  { directory: parent, network, quick }: Surroundings,
): Promise<Figures> => {
  const directory = mkdtempSync(join(parent, 'syncreplica-bench-'));
  const source = join(directory, 'source');
  mkdirSync(source);
  const started: Running[] = [];
  try {
    return await workload.run({
      contender,
      quick,
      directory,
      source,
      network,
      start: async (setup = {}) => {
        const running = await contender.start({ ...setup, network, source, directory: join(directory, 'work') });
        started.push(running);
        return running;
      },
    });
  } finally {
    for (const running of started) await running.stop();
    rmSync(directory, { recursive: true, force: true });
    // What the disk still has to do for one contender is not measured with the next.
    execFileSync('sync');
  }
};

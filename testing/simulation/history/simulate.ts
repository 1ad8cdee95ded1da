import { Worker } from 'node:worker_threads';
import type { SourcePatch } from '../calibration/patch-sources.ts';
import { Coverage } from '../oracle/coverage.ts';
import type { SeedRange, SeedsResult } from './run-seeds.ts';
import type { SeedsWork } from './seeds-worker.ts';
import type { Shrunk } from './shrink-history.ts';
import { writeSteps } from './step.ts';

export interface SimulateOptions extends SeedRange {
  readonly workers: number;
  readonly patches?: readonly SourcePatch[];
  readonly onProgress?: (done: number) => void;
}

export interface Simulated {
  readonly histories: number;
  readonly turns: number;
  readonly simulatedMs: number;
  readonly states: number;
  readonly transitions: number;
  /** The failure with the lowest seed. */
  readonly failed: Shrunk | undefined;
}

/** Runs many histories, on several threads; each thread stops at its first failure. */
export async function simulate(options: SimulateOptions): Promise<Simulated> {
  const { from, count, steps, near = false, shrinks, patches = [], onProgress } = options;
  const workers = Math.max(1, Math.min(options.workers, count));
  const done = new Array<number>(workers).fill(0);
  const results = await Promise.all(
    done.map((_, index) => {
      const begin = from + Math.floor((count * index) / workers);
      const end = from + Math.floor((count * (index + 1)) / workers);
      return runWorker({ from: begin, count: end - begin, steps, near, shrinks, patches }, (own) => {
        done[index] = own;
        onProgress?.(done.reduce((sum, each) => sum + each, 0));
      });
    }),
  );
  const coverage = new Coverage();
  for (const result of results) coverage.addAll(result);
  return {
    histories: results.reduce((sum, { histories }) => sum + histories, 0),
    turns: results.reduce((sum, { turns }) => sum + turns, 0),
    simulatedMs: results.reduce((sum, { simulatedMs }) => sum + simulatedMs, 0),
    states: coverage.states.size,
    transitions: coverage.transitions.size,
    failed: results.find(({ failed }) => failed !== undefined)?.failed,
  };
}

function runWorker(work: SeedsWork, onProgress: (done: number) => void): Promise<SeedsResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./seeds-worker.ts', import.meta.url), { workerData: work });
    worker.on('message', (message: { done?: number; result?: SeedsResult }) => {
      if (message.done !== undefined) onProgress(message.done);
      if (message.result === undefined) return;
      resolve(message.result);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('simulate: a thread ended without a result')));
  });
}

/** A failure as a test that repeats it. */
export const writeFailure = ({ seed, steps, plan, violations }: Shrunk): string =>
  [
    ...violations.map(({ kind, text }) => `${kind}: ${text}`),
    `await runHistory(${seed}, [`,
    writeSteps(steps),
    `], ${JSON.stringify(plan)});`,
  ].join('\n');

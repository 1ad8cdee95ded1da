import { parentPort, workerData } from 'node:worker_threads';
import { patchSources, type SourcePatch } from '../calibration/patch-sources.ts';
import type { SeedRange } from './run-seeds.ts';

/** Of a worker that runs histories beside others. */
export interface SeedsWork extends SeedRange {
  readonly patches: readonly SourcePatch[];
}

const { patches, ...range } = workerData as SeedsWork;
const checkAllUsed = patchSources(patches);

// Only now: what it loads is patched.
const { runSeeds } = await import('./run-seeds.ts');
checkAllUsed();
const result = await runSeeds(range, (done) => parentPort?.postMessage({ done }));
parentPort?.postMessage({ result });

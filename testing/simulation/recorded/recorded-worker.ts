import { parentPort, workerData } from 'node:worker_threads';
import { patchSources } from '../calibration/patch-sources.ts';
import { plainPlan } from '../world/world-plan.ts';
import type { RecordedHistory } from './recorded-history.ts';

const { seed, steps, plan = plainPlan, fault } = workerData as RecordedHistory;
const checkAllUsed = patchSources(fault);

// Only now: what it loads is patched.
const { runHistory } = await import('../history/run-history.ts');
checkAllUsed();
const { violations } = await runHistory(seed, steps, plan);
parentPort?.postMessage(violations);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { runHistory } from '../history/run-history.ts';
import type { Violation } from '../oracle/violation.ts';
import { plainPlan } from '../world/world-plan.ts';
import { allRecorded } from './all-recorded.ts';
import type { RecordedHistory } from './recorded-history.ts';

for (const history of allRecorded) {
  const { what, seed, steps, plan = plainPlan } = history;
  test(what, async () => {
    assert.deepEqual((await runHistory(seed, steps, plan)).violations, []);
  });
  test(`fails with its fault put back: ${what}`, async (t) => {
    const violations = await runWithFault(history);
    t.diagnostic(violations.map(({ kind, text }) => `${kind}: ${text}`).join('; '));
    assert.notDeepEqual(violations, []);
  });
}

/** What the history goes against with its fault: on a thread of its own, which loads the changed source. */
function runWithFault(history: RecordedHistory): Promise<Violation[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./recorded-worker.ts', import.meta.url), { workerData: history });
    worker.once('message', (violations) => {
      resolve(violations);
      void worker.terminate();
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread ended without a result')));
  });
}

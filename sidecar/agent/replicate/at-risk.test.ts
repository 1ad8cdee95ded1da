import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import { PendingSet } from '../pending/pending-set.ts';
import { type Executed, nothingSent } from '../send/executor.ts';
import { OwedEntries } from '../send/owed-entries.ts';
import type { Work } from '../send/plan-runs.ts';
import { type ChangeWorkContext, workOnBatch } from './change-work.ts';
import { Outcomes } from './outcomes.ts';
import { Unacknowledged } from './unacknowledged.ts';

test('the time of a directory in which something was deleted may be lost with what is sent, until it is durable', async () => {
  const pending = new PendingSet();
  const unacknowledged = new Unacknowledged();
  const outcomes = new Outcomes(new OwedEntries(), unacknowledged, createManualClock());
  /** A target that takes all; `d/gone` is no more. */
  const context = {
    sync: { delete: 'Mirror' },
    source: { look: (path: string) => ({ kind: path === 'd/gone' ? 'gone' : 'directory' }) },
    pending,
    outcomes,
    executor: {
      plan: async ({ attributes, deletes }: Work) => ({
        big: [],
        deletions: deletes,
        parents: new Set(deletes.map(() => 'd')),
        attributes,
      }),
      carryOut: async ({ attributes }: Pick<Work, 'attributes'>): Promise<Executed> => ({
        ...nothingSent,
        arrived: attributes,
      }),
    },
    deleter: {
      removeAnnounced: async (deleted: readonly string[]) => ({ deleted, back: [], refused: [] }),
    },
    onDone: () => {},
  } as unknown as ChangeWorkContext;

  pending.add({ sequence: 1, at: 10, change: { kind: 'delete', path: 'd/gone' } });
  for (let batch = pending.take(10); batch !== undefined; batch = pending.take(10))
    await workOnBatch(batch satisfies PendingBatch, context);
  assert.deepEqual(unacknowledged.takeAll().changes, [
    { kind: 'delete', path: 'd/gone' },
    { kind: 'content', path: 'd' },
  ]);
});

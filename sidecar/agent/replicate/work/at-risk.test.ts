import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import { PendingSet } from '../../pending/pending-set.ts';
import { type Executed, nothingSent } from '../../send/executor.ts';
import { OwedEntries } from '../../send/outcome/owed-entries.ts';
import type { Work } from '../../send/plan-runs.ts';
import { type ChangeWorkContext, workOnBatch } from './change-work.ts';
import { Outcomes } from './outcomes.ts';
import { Unacknowledged } from './unacknowledged.ts';

/** What a target may lose with its power that was told of `d/gone`, where that is gone or a directory again. */
const atRiskAfter = async (kind: 'gone' | 'directory') => {
  const pending = new PendingSet();
  const unacknowledged = new Unacknowledged();
  const outcomes = new Outcomes(new OwedEntries(), unacknowledged, createManualClock());
  const look = (path: string) => ({ kind: path === 'd/gone' ? kind : 'directory' });
  /** A target that takes all. */
  const context = {
    sync: { delete: 'Mirror' },
    source: { look, listBelow: async () => [] },
    filter: { excludes: () => false },
    control: {},
    pending,
    outcomes,
    executor: {
      plan: async ({ content, attributes, deletes }: Work) => {
        const deletions = deletes.filter((path) => look(path).kind === 'gone');
        return { big: [], deletions, parents: new Set(deletions.map(() => 'd')), content, attributes };
      },
      carryOut: async ({ content, attributes }: Pick<Work, 'content' | 'attributes'>): Promise<Executed> => ({
        ...nothingSent,
        arrived: [...content, ...attributes],
      }),
    },
    deleter: {
      clear: async (paths: readonly string[]) => paths,
      removeAnnounced: async (deleted: readonly string[]) => ({ deleted, back: [], refused: [] }),
    },
    onSubtrees: assert.fail,
    onDone: () => {},
  } as unknown as ChangeWorkContext;
  pending.add({ sequence: 1, at: 10, change: { kind: 'delete', path: 'd/gone' } });
  for (let batch = pending.take(10); batch !== undefined; batch = pending.take(10)) await workOnBatch(batch, context);
  return unacknowledged.takeAll().changes;
};

test('the time of a directory in which something was deleted may be lost with what is sent, until it is durable', async () => {
  assert.deepEqual(await atRiskAfter('gone'), [
    { kind: 'delete', path: 'd/gone' },
    { kind: 'content', path: 'd' },
  ]);
});

test('what a directory held that went and is there again may be back, until it is durable that it was taken away', async () => {
  assert.deepEqual(await atRiskAfter('directory'), [{ kind: 'delete', path: 'd/gone' }]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Context, KubeObject } from '../scenario.ts';
import { untilReady } from './conditions.ts';

const seen = (status: string, reason: string, observedGeneration = 2): KubeObject => ({
  metadata: { generation: 2 },
  status: { observedGeneration, conditions: [{ type: 'Ready', status, reason }] },
});

/** As if the SyncReplica were these one after the other. @returns the reason that ended the wait, and how many were looked at */
const wait = async (moments: readonly KubeObject[], ...words: ['True' | 'False', string?]) => {
  let looks = 0;
  const context = {
    get: async () => moments[looks++],
    waitFor: async (_: string, look: () => Promise<unknown>) => {
      while (looks < moments.length) {
        const found = await look();
        if (found) return found;
      }
      return assert.fail('waited in vain');
    },
  } as unknown as Context;
  return [(await untilReady(context, 'shop', 'web', ...words)).reason, looks];
};

const waiting = seen('True', 'ClaimNotFound');
const inPlace = seen('True', 'AllInPlace');

test('what waits for its claim or its pods is Ready, and not in place', async () => {
  assert.deepEqual(await wait([waiting, seen('True', 'NoPods'), inPlace], 'True'), ['AllInPlace', 3]);
  assert.deepEqual(await wait([inPlace, waiting], 'True', 'ClaimNotFound'), ['ClaimNotFound', 2]);
});

test('what was so before an edit says nothing of it', async () => {
  assert.deepEqual(await wait([seen('True', 'AllInPlace', 1), inPlace], 'True'), ['AllInPlace', 2]);
  assert.deepEqual(await wait([inPlace, seen('False', 'Paused')], 'False'), ['Paused', 2]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldDeletes } from '../../../protocol/agent-status.ts';
import { growByPutBack, lowerToPutBack } from './held-deletes.ts';

const before: HeldDeletes = { id: 'asked', reason: 'TooMany', count: 3, samples: ['a'], since: 1 };

test('what is put back is held beside what was held before, under an id that nobody has let go', () => {
  const meant = growByPutBack(before, 5, 9);
  assert.notEqual(meant.id, before.id);
  assert.deepEqual([meant.reason, meant.count, meant.since], ['Undeleted', 8, 1]);
  assert.deepEqual(lowerToPutBack(before, meant, 2), { ...meant, count: 5 });
  assert.deepEqual(lowerToPutBack(before, meant, 0), { ...meant, count: 3 });
});

test('that another directory stands in the source’s place is not forgotten when a mass is put back', () => {
  assert.equal(growByPutBack({ ...before, reason: 'SourceReplaced' }, 5, 9).reason, 'SourceReplaced');
});

test('nothing is held where nothing was and nothing came back', () => {
  const meant = growByPutBack(null, 5, 9);
  assert.deepEqual([meant.reason, meant.count, meant.since], ['Undeleted', 5, 9]);
  assert.equal(lowerToPutBack(null, meant, 0), null);
  assert.deepEqual(lowerToPutBack(null, meant, 1), { ...meant, count: 1 });
});

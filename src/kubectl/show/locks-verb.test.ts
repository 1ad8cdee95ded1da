import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLocks } from './locks-verb.ts';

test("of an agent's log only the answer to this very request is taken", () => {
  const table = { target: 'dr', holders: [], waiters: [], held: 0, waiting: 0 };
  const line = (fields: object): string => JSON.stringify({ message: 'path locks', request: 'now', ...fields });
  assert.deepEqual(readLocks(line({ locks: [table] }), 'now'), [table]);
  assert.equal(readLocks(line({ locks: [table] }), 'before'), undefined);
  assert.equal(readLocks(line({ message: 'another', locks: [table] }), 'now'), undefined);
  assert.equal(readLocks('not JSON, with "path locks" in it', 'now'), undefined);
});

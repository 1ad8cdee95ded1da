import assert from 'node:assert/strict';
import { test } from 'node:test';
import { feederOf, readersFedBy } from './reader-tree.ts';

test('every reader has one feeder, which is before it, and nobody feeds more than it may', () => {
  for (const replicas of [0, 1, 2, 7, 16, 17, 50, 300]) {
    for (const fanOut of [1, 2, 16, 64]) {
      const tree = { replicas, fanOut };
      const fed = new Map<number, number | undefined>();
      for (const feeder of [undefined, ...Array(replicas).keys()]) {
        const readers = readersFedBy(tree, feeder);
        assert.ok(readers.length <= fanOut);
        for (const reader of readers) {
          assert.equal(fed.has(reader), false);
          assert.ok(feeder === undefined || feeder < reader);
          assert.equal(feederOf(tree, reader), feeder);
          fed.set(reader, feeder);
        }
      }
      assert.deepEqual(
        [...fed.keys()].sort((a, b) => a - b),
        [...Array(replicas).keys()],
      );
    }
  }
});

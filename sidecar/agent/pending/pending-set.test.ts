import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PendingBatch } from './pending-batch.ts';
import { PendingSet } from './pending-set.ts';
import { play, worlds } from './testing/play-world.ts';

const runs = Number(process.env.PROPERTY_RUNS ?? 8000);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

test('what a pass sends keeps renames and changes that meet it waiting, and no others', () => {
  const set = new PendingSet();
  const age = { sequence: 1, at: 1 };
  const { batch, busy } = set.claim(['d/a', 'd/b'], age);
  assert.deepEqual(busy, []);
  set.add({ sequence: 2, at: 2, change: { kind: 'move', from: 'd', path: 'e', isDirectory: true } });
  set.add({ sequence: 3, at: 3, change: { kind: 'move', from: 'x', path: 'y', isDirectory: false } });
  const first = set.take(10);
  assert.deepEqual(
    first?.renames.map(({ from }) => from),
    ['x'],
  );
  assert.deepEqual(set.claim(['y', 'z'], age).busy, ['y']);
  assert.equal(set.take(10), undefined);
  set.done(batch);
  assert.deepEqual(
    set.take(10)?.renames.map(({ from }) => from),
    ['d'],
  );
});

test('what moves out of a directory that is under way is another thing: what took its name since may have been sent, and be carried along', () => {
  const set = new PendingSet();
  set.add({ sequence: 1, at: 1, change: { kind: 'subtree', path: 'd', reason: 'moved-in' } });
  const batch = set.take(10) as PendingBatch;
  set.add({ sequence: 2, at: 2, change: { kind: 'move', from: 'd/x', path: 'y', isDirectory: true } });
  set.done(batch);
  assert.deepEqual(set.take(10)?.replaced, ['y']);
});

test('a directory whose time a deletion changed waits for its attributes, as old as that deletion', () => {
  const set = new PendingSet();
  set.add({ sequence: 1, at: 10, change: { kind: 'content', path: 'd/other' } });
  set.add({ sequence: 2, at: 20, change: { kind: 'delete', path: 'd/gone' } });
  const batch = set.take(10) as PendingBatch;
  set.add({ sequence: 3, at: 30, change: { kind: 'content', path: 'd/new' } });
  set.retry(batch, { paths: [], times: { paths: ['d'], age: { sequence: 2, at: 20 } } });
  assert.equal(set.completedSequence, 1);
  assert.equal(set.oldestAt, 20);
  const next = set.take(10);
  assert.deepEqual([next?.attributes, next?.content, next?.deletes], [['d'], ['d/new'], []]);
});

const lostRename = { kind: 'move', from: 'a', path: 'd', isDirectory: true } as const;

test('a rename that may be lost is made again where nothing waits at its names', () => {
  const set = new PendingSet();
  set.addLost([{ kind: 'content', path: 'a/x' }, lostRename], { sequence: 5, at: 5 });
  const batch = set.take(10);
  assert.deepEqual([batch?.renames.map(({ path }) => path), batch?.content], [['d'], ['d/x']]);
});

test('what has the name of a thing whose rename may be lost is not taken for that thing', () => {
  const set = new PendingSet();
  set.add({ sequence: 9, at: 9, change: { kind: 'content', path: 'a', created: true } });
  const again = [{ kind: 'delete', path: 'b' } as const, { kind: 'content', path: 'b' } as const];
  set.addLost([{ kind: 'content', path: 'a/x' }, ...again, lostRename], { sequence: 10, at: 5 });
  const batch = set.take(10);
  assert.deepEqual([batch?.renames, batch?.remade, batch?.replaced], [[], ['a', 'b'], ['d']]);
});

test('a rename that waits carries nothing along that may be lost', () => {
  const set = new PendingSet();
  set.add({ sequence: 9, at: 9, change: lostRename });
  set.addLost([{ kind: 'content', path: 'a/x' }], { sequence: 10, at: 5 });
  const batch = set.take(10);
  assert.deepEqual([batch?.renames, batch?.remade, batch?.replaced], [[], ['a'], ['d']]);
});

for (const sneaky of [true, false]) {
  test(`what is pending brings any target to the source, ${sneaky ? 'rewrites that keep size and mtime' : 'collapsing log and overflows'}, seed ${seed}`, () => {
    fc.assert(
      fc.property(worlds(sneaky), (world) => {
        const { source, target, set } = play(world);
        assert.equal(set.isEmpty, true);
        assert.deepEqual(target, source);
      }),
      { numRuns: runs, seed },
    );
  });
}

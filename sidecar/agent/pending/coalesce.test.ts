import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change, RelPath } from '../changes/change.ts';
import type { PendingBatch } from './pending-batch.ts';
import { PendingSet } from './pending-set.ts';
import { namesInDoubt } from './rename-list.ts';

const content = (path: RelPath): Change => ({ kind: 'content', path });
const created = (path: RelPath): Change => ({ kind: 'content', path, created: true });
const attributes = (path: RelPath): Change => ({ kind: 'attributes', path });
const gone = (path: RelPath): Change => ({ kind: 'delete', path });
const move = (from: RelPath, path: RelPath): Change => ({ kind: 'move', from, path, isDirectory: false });
const moveDirectory = (from: RelPath, path: RelPath): Change => ({ kind: 'move', from, path, isDirectory: true });
const subtree = (path: RelPath): Change => ({ kind: 'subtree', path, reason: 'moved-in' });

function pendingAfter(...changes: readonly Change[]): PendingSet {
  const set = new PendingSet();
  for (const [index, change] of changes.entries()) set.add({ sequence: index + 1, at: 100 + index, change });
  return set;
}

/** What is not empty in a batch, in short. */
function say(batch: PendingBatch | undefined): string[] {
  if (batch === undefined) return [];
  const { renames, content: send, attributes: touch, deletes, replaced, remade, subtrees, moved, movedAway } = batch;
  return [
    ...renames.map(({ from, path }) => `rename ${from}→${path}`),
    ...send.map((path) => `content ${path}`),
    ...touch.map((path) => `attributes ${path}`),
    ...deletes.map((path) => `delete ${path}`),
    ...replaced.map((path) => `replaced ${path}`),
    ...remade.map((path) => `remade ${path}`),
    ...subtrees.map(({ path }) => `subtree ${path}`),
    ...moved.map(({ path, isDirectory }) => `moved ${path}${isDirectory ? '/' : ''}`),
    ...movedAway.map((path) => `away ${path}`),
  ];
}

const rows: readonly {
  readonly what: string;
  readonly changes: readonly Change[];
  readonly left: readonly string[];
}[] = [
  {
    what: 'content absorbs attributes',
    changes: [attributes('f'), content('f'), attributes('f')],
    left: ['content f'],
  },
  { what: 'a deletion ends the rest', changes: [content('f'), gone('f')], left: ['delete f'] },
  { what: 'what is there again is another thing', changes: [gone('f'), created('f')], left: ['remade f'] },
  {
    what: 'a deleted directory takes all below with it',
    changes: [content('d/f'), gone('d/f'), gone('d')],
    left: ['delete d'],
  },
  {
    what: 'a new directory in its place is sent whole',
    changes: [gone('d'), created('d'), created('d/f')],
    left: ['remade d'],
  },
  {
    what: 'a subtree absorbs what its comparison finds',
    changes: [attributes('d/f'), subtree('d/e'), subtree('d')],
    left: ['subtree d'],
  },
  {
    what: 'but not content, which may keep size and mtime',
    changes: [content('d/f'), subtree('d'), content('d/g')],
    left: ['content d/f', 'content d/g', 'subtree d'],
  },
  { what: 'the subtree of all', changes: [subtree('a'), subtree(''), attributes('b')], left: ['subtree '] },
  { what: 'a rename', changes: [move('a', 'b')], left: ['rename a→b', 'moved b', 'away a'] },
  {
    what: 'a rename of a directory takes along what is to do below',
    changes: [content('d/f'), attributes('d/g'), moveDirectory('d', 'e')],
    left: ['rename d→e', 'content e/f', 'attributes e/g', 'moved e/', 'away d'],
  },
  {
    what: 'a changed file that is renamed is sent, with the old one to build on',
    changes: [content('a'), move('a', 'b')],
    left: ['rename a→b', 'content b', 'away a'],
  },
  {
    what: 'an editor’s new file over the old one',
    changes: [created('f.tmp'), move('f.tmp', 'f')],
    left: ['content f', 'delete f.tmp'],
  },
  {
    what: 'what is in a new directory can’t be renamed at the target',
    changes: [created('d'), moveDirectory('d/e', 'f')],
    left: ['created d', 'replaced f', 'delete d/e'],
  },
  {
    what: 'but what was moved into it can',
    changes: [created('n'), moveDirectory('d', 'n/d'), moveDirectory('n/d', 'e')],
    left: ['rename d→e', 'content n', 'delete n/d', 'moved e/', 'away d'],
  },
  { what: 'a chain', changes: [move('a', 'b'), move('b', 'c')], left: ['rename a→c', 'delete b', 'moved c', 'away a'] },
  {
    what: 'there and back again',
    changes: [move('a', 'b'), move('b', 'a')],
    left: ['rename a→b', 'rename b→a', 'moved a', 'away b'],
  },
  {
    what: 'a swap',
    changes: [move('a', 't'), move('b', 'a'), move('t', 'b')],
    left: ['rename a→t', 'rename b→a', 'rename t→b', 'moved a', 'moved b', 'away t'],
  },
  {
    what: 'rotated logs',
    changes: [content('log'), move('log.1', 'log.2'), move('log', 'log.1'), created('log')],
    left: ['rename log.1→log.2', 'rename log→log.1', 'content log.1', 'replaced log', 'moved log.2'],
  },
  {
    what: 'a deletion of what was moved',
    changes: [move('a', 'b'), gone('b')],
    left: ['rename a→b', 'delete b', 'away a'],
  },
];

for (const { what, changes, left } of rows) {
  test(`coalesce: ${what}`, () => {
    const expected = left.map((line) => line.replace('created', 'content'));
    assert.deepEqual(say(pendingAfter(...changes).take(100)).sort(), [...expected].sort());
  });
}

test('take: the oldest first, renames together, and nothing that meets what is under way', () => {
  const set = pendingAfter(content('a'), content('d/x'), attributes('d'), subtree('d'), content('b'));
  const first = set.take(2);
  assert.deepEqual(say(first), ['content a', 'content d/x']);
  assert.deepEqual([first?.sequence, first?.oldestAt], [{ first: 1, last: 2 }, 100]);
  set.add({ sequence: 6, at: 106, change: content('a') });
  set.add({ sequence: 7, at: 107, change: moveDirectory('d', 'e') });
  set.add({ sequence: 8, at: 108, change: content('e/y') });
  const second = set.take(10);
  // `d/x` under way holds back the rename, and the rename all that it touches.
  assert.deepEqual(say(second), ['content b']);
  assert.deepEqual([set.completedSequence, set.oldestAt], [0, 100]);
  set.done(first as PendingBatch);
  assert.equal(set.completedSequence, 1);
  const third = set.take(1);
  assert.deepEqual(say(third).slice(0, 1), ['rename d→e']);
  assert.ok(say(third).includes('moved e/') && say(third).includes('away d'));
  set.done(second as PendingBatch);
  set.done(third as PendingBatch);
  const last = set.take(10);
  assert.ok(say(last).includes('content a'));
  assert.equal(set.take(10), undefined);
  set.done(last as PendingBatch);
  for (let batch = set.take(10); batch !== undefined; batch = set.take(10)) set.done(batch);
  assert.deepEqual([set.isEmpty, set.completedSequence, set.oldestAt], [true, 8, undefined]);
});

test('retry: what failed is pending again, beneath what happened since', () => {
  const set = pendingAfter(gone('a'), content('b'), content('c'), move('m', 'n'));
  const batch = set.take(10) as PendingBatch;
  set.add({ sequence: 5, at: 105, change: content('a') });
  set.add({ sequence: 6, at: 106, change: gone('b') });
  set.retry(batch);
  assert.equal(set.completedSequence, 0);
  assert.deepEqual(
    say(set.take(10)),
    ['content c', 'delete b', 'delete m', 'remade a', 'replaced n'].sort((x, y) => order(x) - order(y)),
  );
});

for (const [what, ...changes] of [
  ['a deletion of what is above it', content('d/x'), content('e'), gone('d')],
  ['a comparison of what is above it', attributes('d/x'), content('e'), subtree('d')],
] as const)
  test(`a change is as old as before once ${what} stands for it`, () => {
    const set = pendingAfter(...changes);
    assert.deepEqual([set.size, set.oldestAt, set.completedSequence], [2, 100, 0]);
  });

test('retry: renames that the target may have seen are not trusted again', () => {
  const set = pendingAfter(moveDirectory('m', 'n'));
  set.retry(set.take(10) as PendingBatch);
  assert.deepEqual(say(set.take(10)).sort(), ['delete m', 'replaced n']);
});

test('too many renames are forgotten and their names sent', () => {
  const set = new PendingSet({ maxRenames: 3 });
  for (let i = 0; i < 4; i += 1) set.add({ sequence: i + 1, at: 1, change: move(`a${i}`, `b${i}`) });
  assert.equal(set.renameCount, 0);
  const batch = set.take(100);
  assert.deepEqual([batch?.renames.length, batch?.replaced.length, batch?.deletes.length], [0, 4, 4]);
});

test('a failed rename puts the later ones that touch its names in doubt, no others', () => {
  const rename = (from: RelPath, path: RelPath) => ({ from, path, isDirectory: true });
  const inDoubt = namesInDoubt(
    [rename('a', 'b'), rename('b/x', 'c'), rename('c', 'd'), rename('e', 'f')],
    new Set([0]),
  );
  assert.deepEqual(
    ['a', 'b', 'b/y', 'c', 'd/z', 'e', 'f'].filter((path) => inDoubt(path)),
    ['a', 'b', 'b/y', 'c', 'd/z'],
  );
  assert.equal(namesInDoubt([rename('a', 'b')], new Set())('a'), false);
});

const order = (line: string): number =>
  ['rename', 'content', 'attributes', 'delete', 'replaced', 'remade', 'subtree', 'moved', 'away'].indexOf(
    line.split(' ')[0] as string,
  );

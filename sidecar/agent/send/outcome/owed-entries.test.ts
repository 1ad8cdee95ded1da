import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwedEntries, pauseBefore } from './owed-entries.ts';

const age = { sequence: 7, at: 1_000 };

test('counts entries once, shows ten of them and forgets what arrived', () => {
  const owed = new OwedEntries();
  for (let n = 0; n < 20; n++) owed.owe(`file\n${n}`, 'special', 'special-file', age, 0);
  owed.owe('file\n0', 'unreadable', 'denied', age, 0);
  const { count, samples } = owed.describe();
  assert.deepEqual([count, samples.length, samples[0]], [20, 10, 'file\\#0120 (denied)']);
  owed.settle('file\n0');
  assert.equal(owed.describe().count, 19);
  assert.deepEqual([owed.has('file\n0'), owed.has('file\n1'), owed.paths.length], [false, true, 19]);
});

test('forgets what went, with all below it', () => {
  const owed = new OwedEntries();
  for (const path of ['a', 'a/b', 'ab', 'c/d/e', 'c/f']) owed.owe(path, 'refused', 'denied', age, 0);
  owed.settleBelow(new Set(['a', 'c/d']));
  assert.deepEqual(owed.describe().samples, ['ab (denied)', 'c/f (denied)']);
});

test('what is owed goes along with a rename, and what was sent with all below it is settled but for what failed', () => {
  const owed = new OwedEntries();
  for (const path of ['a/b', 'a/c', 'ab', 'd']) owed.owe(path, 'changing', 'x', age, 0);
  owed.rename('a', 'z/a');
  assert.deepEqual(owed.paths.sort(), ['ab', 'd', 'z/a/b', 'z/a/c']);
  owed.settleBelow(new Set(['z']), new Set(['z/a/c']));
  assert.deepEqual(owed.paths.sort(), ['ab', 'd', 'z/a/c']);
});

test('what is refused is tried again with growing pauses, and never given up', () => {
  const owed = new OwedEntries();
  let now = 0;
  const pauses: number[] = [];
  for (let tries = 0; tries < 14; tries++) {
    owed.owe('a', 'refused', 'immutable', { sequence: 7 + tries, at: 1_000 + tries }, now);
    pauses.push(owed.nextDueAt - now);
    assert.deepEqual(owed.takeDue(now), []);
    now = owed.nextDueAt;
    assert.deepEqual(
      owed.takeDue(now).map(({ path, sequence, at }) => ({ path, sequence, at })),
      [{ path: 'a', ...age }],
      'as old as its first try',
    );
    assert.equal(owed.nextDueAt, now + 60_000, 'not twice at once');
  }
  assert.deepEqual(pauses.slice(0, 4), [200, 400, 800, 1_600]);
  assert.deepEqual(pauses.slice(-2), [300_000, 300_000]);
  assert.equal(owed.count('refused'), 1);
});

test('what changes while it is read is looked at again at an even pace; sockets never', () => {
  assert.deepEqual([pauseBefore('changing', 0), pauseBefore('changing', 9)], [1_000, 1_000]);
  assert.equal(pauseBefore('special', 0), Number.POSITIVE_INFINITY);
});

test('what has no room is counted, and asks for a pass when there is some', () => {
  const owed = new OwedEntries();
  for (let n = 0; n < 10_100; n++) owed.owe(`${n}`, 'refused', 'denied', age, 0);
  assert.equal(owed.count('refused'), 10_100);
  assert.equal(owed.takeOverflow(), false);
  for (let n = 0; n < 6_000; n++) owed.settle(`${n}`);
  assert.equal(owed.takeOverflow(), true);
  assert.deepEqual([owed.takeOverflow(), owed.count('refused')], [false, 4_000]);
});

test('however much can not be copied, what is owed has room beside it, and nothing of it is owed', () => {
  const owed = new OwedEntries();
  for (let n = 0; n < 12_000; n++) owed.owe(`${n}`, 'special', 'too-large', age, 0);
  owed.owe('a', 'changing', 'changed', age, 0);
  assert.deepEqual([owed.count('refused'), owed.count('changing'), owed.count('special')], [0, 1, 10_000]);
  assert.deepEqual(
    owed.takeDue(1_000).map(({ path }) => path),
    ['a'],
  );
  owed.rename('1', 'b');
  owed.settle('2');
  for (const path of ['c', 'd']) owed.owe(path, 'special', 'too-large', age, 0);
  assert.deepEqual([owed.has('b'), owed.has('c'), owed.has('d')], [true, true, false]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns, lookAfterMs } from './turns.ts';

test('so many have a turn, what is seen to go on counts, and who waits is told when others are done', () => {
  let now = 0;
  let busy: string[] = ['a former leader’s'];
  const turns = createTurns({ busy: () => busy, width: () => 3, now: () => now });
  assert.deepEqual(['a', 'b', 'c', 'd'].map(turns.take), [true, true, false, false]);
  assert.deepEqual(turns.next(), []);
  now += 5_000;
  busy = ['a', 'b'];
  assert.deepEqual(turns.next(), ['c']);
  assert.equal(turns.take('c'), true);
  now += 6_000;
  busy = ['a'];
  assert.deepEqual(turns.next(), ['d'], 'b is done, and c was begun a moment ago');
  assert.deepEqual(turns.next(), [], 'nobody is told twice');
});

test('what was seen to go on gives its turn back as soon as it is over', () => {
  let busy: string[] = [];
  const turns = createTurns({ busy: () => busy, width: () => 1, now: () => 0 });
  assert.equal(turns.take('a'), true);
  assert.equal(turns.take('b'), false);
  busy = ['a'];
  assert.deepEqual(turns.next(), []);
  busy = [];
  assert.deepEqual(turns.next(), ['b']);
});

test('a turn that is given back by the clock is looked after then', () => {
  let now = 0;
  const turns = createTurns({ busy: () => [], width: () => 1, now: () => now });
  assert.deepEqual(['a', 'b'].map(turns.take), [true, false]);
  now += lookAfterMs(3_600_000, true);
  assert.deepEqual(turns.next(), ['b']);
  assert.ok(now < 60_000);
  assert.deepEqual([lookAfterMs(5_000, true), lookAfterMs(3_600_000, false)], [5_000, 3_600_000]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseExpired, maxBytesOf, segmentMs } from './history-bounds.ts';

const segments = [
  { name: 'a', beganAt: 0, bytes: 10 },
  { name: 'b', beganAt: 100, bytes: 10 },
  { name: 'c', beganAt: 200, bytes: 10 },
];
const limits = { now: 250, keepMs: 1_000, maxBytes: 100, isRoomShort: false };

const rows: readonly [string, Partial<typeof limits>, string[]][] = [
  ['young and small', {}, []],
  ['one whose end is old', { keepMs: 150 }, ['a']],
  ['the one that is written never is old', { keepMs: 0 }, ['a', 'b']],
  ['too much', { maxBytes: 25 }, ['a']],
  ['the last alone too much', { maxBytes: 5 }, ['a', 'b', 'c']],
  ['room is short', { isRoomShort: true }, ['a']],
  ['room is short, and more is old', { isRoomShort: true, keepMs: 60 }, ['a']],
];
for (const [name, change, expected] of rows) {
  test(`what is let go: ${name}`, () => assert.deepEqual(chooseExpired(segments, { ...limits, ...change }), expected));
}

test('room that is short takes the only one too', () => {
  assert.deepEqual(chooseExpired(segments.slice(2), { ...limits, isRoomShort: true }), ['c']);
});

test('a share is one of the volume, and a stretch a part of the time', () => {
  assert.equal(maxBytesOf({ keepMs: 0, maxSize: { percent: 20 } }, 1_000), 200);
  assert.equal(maxBytesOf({ keepMs: 0, maxSize: { bytes: 7 } }, 1_000), 7);
  assert.equal(segmentMs({ keepMs: 86_400_000, maxSize: { bytes: 7 } }), 3_600_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coveredSince, EarlierCover } from './covered-since.ts';

const hour = 3_600_000;
const boot = { id: 'one', startedAt: 10 * hour };
const rows: [string, Parameters<typeof coveredSince>[0], Parameters<typeof coveredSince>[1], number | null][] = [
  ['nothing is covered', { coveredAt: null, held: null, boot }, { ...boot, now: 21 * hour }, null],
  ['nothing is covered, but writing has begun', { coveredAt: null, begunAt: 7, held: null }, { ...boot, now: hour }, 7],
  ['the clock goes on', { coveredAt: 20 * hour, held: null, boot }, { ...boot, now: 21 * hour }, 20 * hour],
  [
    'it was set back since',
    { coveredAt: 20 * hour, held: null, boot },
    { id: 'one', startedAt: 9 * hour, now: 19.5 * hour },
    19 * hour,
  ],
  [
    'it was set back, long ago',
    { coveredAt: 20 * hour, held: null, boot },
    { id: 'one', startedAt: 9 * hour, now: 40 * hour },
    19 * hour,
  ],
  [
    'it was set forward since: what happened before bears the old times',
    { coveredAt: 20 * hour, held: null, boot },
    { id: 'one', startedAt: 11 * hour, now: 22 * hour },
    20 * hour,
  ],
  [
    'another kernel',
    { coveredAt: 20 * hour, held: null, boot },
    { id: 'two', startedAt: 20.5 * hour, now: 21 * hour },
    20 * hour,
  ],
  [
    'another kernel, without a clock of its own',
    { coveredAt: 20 * hour, held: null, boot },
    { id: 'two', startedAt: 0, now: 1 },
    0,
  ],
  ['a note that knows no kernel', { coveredAt: 20 * hour, held: null }, { ...boot, now: 21 * hour }, 20 * hour],
  [
    'kernels that do not say',
    { coveredAt: 5, held: null, boot: { id: '', startedAt: 9 } },
    { id: '', startedAt: 1, now: 8 },
    5,
  ],
];

for (const [what, note, here, expected] of rows)
  test(`covered since: ${what}`, () => assert.equal(coveredSince(note, here), expected));

test('what an earlier writer covered is noted by the clock as it was set back since', () => {
  let aheadMs = 0;
  const clock = { now: () => 20 * hour + aheadMs, monotonic: () => 10 * hour };
  const wall = { earliest: () => 20 * hour + Math.min(0, aheadMs) };
  const source = { boot: () => ({ id: 'one', startedAt: 10 * hour + aheadMs }) };
  const earlier = new EarlierCover();
  assert.deepEqual(earlier.noted, { coveredAt: null });
  earlier.read({ coveredAt: 19 * hour, held: null, boot }, { clock, wall, source }, false);
  assert.deepEqual([earlier.before, earlier.noted], [19 * hour, { coveredAt: 19 * hour }]);
  aheadMs = hour;
  assert.deepEqual(earlier.noted, { coveredAt: 19 * hour });
  aheadMs = -hour;
  assert.deepEqual(earlier.noted, { coveredAt: 18 * hour });
  earlier.read(undefined, { clock, wall, source }, false);
  assert.deepEqual([earlier.before, earlier.noted], [null, { coveredAt: null, begunAt: 19 * hour }]);
});

test('what we had covered when the source was watched last is all that counts, by the clock as it was set back since', () => {
  let aheadMs = 0;
  const wall = { earliest: (at: number) => at + 10 * hour + Math.min(0, aheadMs) };
  const earlier = new EarlierCover();
  earlier.keep(9 * hour, wall);
  assert.deepEqual([earlier.before, earlier.noted], [19 * hour, { coveredAt: 19 * hour }]);
  aheadMs = -hour;
  assert.deepEqual([earlier.before, earlier.noted], [18 * hour, { coveredAt: 18 * hour }]);
});

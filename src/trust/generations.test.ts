import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Generation, judgeGenerations, type OverlapTiming } from './generations.ts';

const timing: OverlapTiming = { renewAfterMs: 100, announceMs: 10, retireAfterMs: 30 };
const made = (createdAtMs: number, expiresAtMs = createdAtMs + 300): Generation => ({ createdAtMs, expiresAtMs });
const judge = (generations: Generation[], nowMs: number) => judgeGenerations(generations, nowMs, timing);

test('the only one is in use at once', () => {
  const only = made(0);
  assert.deepEqual(judge([only], 0), { inUse: only, accepted: [only], isNewNeeded: false });
});

test('none is asked for when there is none, or when all have expired', () => {
  assert.deepEqual(judge([], 5), { inUse: undefined, accepted: [], isNewNeeded: true });
  assert.deepEqual(judge([made(0, 50)], 50), { inUse: undefined, accepted: [], isNewNeeded: true });
});

test('a successor is accepted before it is used, and its predecessor after', () => {
  const old = made(0);
  const next = made(100);
  assert.equal(judge([old], 99).isNewNeeded, false);
  assert.equal(judge([old], 100).isNewNeeded, true);
  assert.deepEqual(judge([next, old], 109), { inUse: old, accepted: [old, next], isNewNeeded: false });
  assert.deepEqual(judge([next, old], 110), { inUse: next, accepted: [old, next], isNewNeeded: false });
  assert.deepEqual(judge([next, old], 140), { inUse: next, accepted: [next], isNewNeeded: false });
});

test('one that was made to live shorter is replaced in time all the same', () => {
  const short = made(0, 30);
  assert.equal(judge([short], 9).isNewNeeded, false);
  assert.equal(judge([short], 10).isNewNeeded, true);
  const patient = { ...timing, announceMs: 1000 };
  const next = made(10);
  const both = [short, next];
  assert.equal(judgeGenerations(both, 19, patient).inUse, short);
  assert.deepEqual(judgeGenerations(both, 20, patient), { inUse: next, accepted: both, isNewNeeded: false });
  assert.deepEqual(judgeGenerations(both, 30, patient).accepted, [next]);
});

test('whoever lags behind is understood all the same, through any number of rotations', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 60, maxLength: 120 }),
      fc.integer({ min: 0, max: 9 }),
      (steps, lag) => {
        let now = 0;
        let generations: Generation[] = [];
        const history: { at: number; inUse: Generation; accepted: readonly Generation[] }[] = [];
        for (const step of steps) {
          if (judge(generations, now).isNewNeeded) generations = [...generations, made(now)];
          const { inUse, accepted } = judge(generations, now);
          generations = [...accepted];
          assert.ok(inUse);
          history.push({ at: now, inUse, accepted });
          now += step;
        }
        const asSeenAt = (at: number) => history.findLast((row) => row.at <= at);
        for (const row of history) {
          const before = asSeenAt(row.at - lag);
          if (!before) continue;
          assert.ok(before.accepted.includes(row.inUse), 'a peer that has old news accepts what is shown now');
          assert.ok(row.accepted.includes(before.inUse), 'a peer with old news shows what is accepted now');
        }
      },
    ),
  );
});

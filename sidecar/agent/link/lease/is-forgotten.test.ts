import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import { isForgotten } from './is-forgotten.ts';

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = Number.POSITIVE_INFINITY;

/** When an answer comes on the kept connection and, from when it is asked, on a new one, ms; and what is thought of it. */
const table: readonly (readonly [
  what: string,
  keptMs: number,
  anewMs: number,
  expected: boolean,
  isRefusal?: boolean,
])[] = [
  ['at once on the kept one', 5, 5, false],
  ['late, but before a new one', 1_500, 600, false],
  ['on a new one only', never, 5, true],
  ['on a new one after long', never, 8_000, true],
  ['on neither', 20_000, never, false],
  ['on a new one, and right after it on the kept one', 1_300, 5, false],
  ['a refusal on the kept one', 5, 5, false, true],
];

for (const [what, keptMs, anewMs, expected, isRefusal] of table)
  test(`an answer ${what}: ${expected ? 'forgotten' : 'not forgotten'}`, async () => {
    const clock = createManualClock();
    let asks = 0;
    const answerAfter = (ms: number, refuses = false): Promise<void> =>
      new Promise((resolve, reject) => {
        if (ms < never) clock.after(ms, () => (refuses ? reject(new Error('no')) : resolve()));
        else clock.after(10_000, () => reject(new Error('no answer')));
      });
    const judged = isForgotten(
      answerAfter(keptMs, isRefusal),
      () => {
        asks += 1;
        return answerAfter(anewMs);
      },
      clock,
    );
    for (let at = 0; at < 25_000; at += 50) {
      clock.advance(50);
      await tick();
    }
    assert.equal(await judged, expected);
    assert.equal(asks, keptMs <= 1_000 ? 0 : 1, 'a new connection is made in doubt only');
  });

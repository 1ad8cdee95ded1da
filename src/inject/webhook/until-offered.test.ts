import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../process/manual-clock.ts';
import { untilOffered } from './until-offered.ts';

/** Whether it is a pod, when it was told to be ready (ms), and when it is thought to be offered (ms, by steps of 50). */
const table: readonly (readonly [string, boolean, number | undefined, number])[] = [
  ['no pod', false, undefined, 0],
  ['a pod that is ready after a while', true, 4_000, 7_000],
  ['a pod that has been ready for long', true, -60_000, 0],
  ['a pod that never is', true, undefined, 30_000],
];

for (const [what, isPod, readyAt, expected] of table)
  test(`${what} is waited for until ${expected} ms`, async () => {
    const clock = createManualClock(100_000);
    const begun = clock.monotonic();
    let endedAt: number | undefined;
    const readyToldAt = (): number | undefined =>
      readyAt !== undefined && clock.monotonic() >= begun + readyAt ? begun + readyAt : undefined;
    void untilOffered({ clock, isPod: () => isPod, readyToldAt }).then(() => {
      endedAt = clock.monotonic() - begun;
    });
    for (let at = 0; at < 40_000 && endedAt === undefined; at += 50) {
      await new Promise((resolve) => setImmediate(resolve));
      if (endedAt === undefined) clock.advance(50);
    }
    assert.equal(endedAt, expected);
  });

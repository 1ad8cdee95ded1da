import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import { waitForCalm } from './wait-for-calm.ts';

/** How long it waits, ms, while so many names go before each look. */
async function waitedFor(planned: number, went: readonly number[]): Promise<number> {
  const clock = createManualClock();
  let seen = 0;
  let isCalm = false;
  void waitForCalm(clock, () => seen, planned).then(() => {
    isCalm = true;
  });
  for (let look = 0; !isCalm; look++) {
    seen += went[look] ?? 0;
    clock.advance(100);
    await new Promise(setImmediate);
  }
  return clock.monotonic();
}

const table: readonly (readonly [name: string, planned: number, went: readonly number[], waitedMs: number])[] = [
  ['a few deletions wait for one look', 1, [], 100],
  ['many for several', 20, [], 500],
  ['a mass for its end, over its pauses', 1, [100, 100, 0, 0, 100, 19], 1_000],
  ['what never ends not for ever', 1, Array.from({ length: 200 }, () => 100), 8_000],
];

for (const [name, planned, went, waitedMs] of table) {
  test(`calm: ${name}`, async () => assert.equal(await waitedFor(planned, went), waitedMs));
}

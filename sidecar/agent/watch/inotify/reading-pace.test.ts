import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReadingPace } from './reading-pace.ts';

/** Reads as soon as may be of a queue to which `events` come every `everyMs`. @returns how many reads there were in the last 300 ms of 900 */
function countReads(everyMs: number, events: number): number {
  const pace = new ReadingPace();
  let reads = 0;
  let waiting = 0;
  let restUntil = 0;
  for (let now = 0; now < 900; now += 0.5) {
    if (now % everyMs === 0) waiting += events;
    if (waiting === 0 || now < restUntil) continue;
    const isAll = waiting <= 200;
    restUntil = now + pace.restAfter(Math.min(200, waiting), isAll, now);
    waiting = Math.max(0, waiting - 200);
    if (now >= 600) reads += 1;
  }
  return reads;
}

for (const [what, everyMs, events, least, most] of [
  ['a file every 20 ms is read at once', 20, 3, 15, 15],
  ['a file every 5 ms is read at once', 5, 3, 60, 60],
  ['files that come one by one by the hundreds a second are read every 10 ms', 2, 3, 30, 30],
  ['also where each is an event alone', 1, 1, 30, 30],
  ['a queue that is never read empty is read on', 0.5, 300, 200, 600],
] as const)
  test(what, () => {
    const reads = countReads(everyMs, events);
    assert.ok(reads >= least && reads <= most, `${reads} reads`);
  });

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForCalm } from './wait-for-calm.ts';

test('waits for the end of a mass deletion, over its pauses', async () => {
  let seen = 0;
  let ended = false;
  const waiting = waitForCalm(() => seen, 1).then(() => {
    ended = true;
  });
  for (const went of [100, 100, 0, 0, 100, 19]) {
    seen += went;
    await sleep(60);
    assert.equal(ended, false);
  }
  await waiting;
});

test('a few deletions wait for one look, many for several', async () => {
  for (const [planned, leastMs] of [
    [1, 90],
    [20, 450],
  ] as const) {
    const before = performance.now();
    await waitForCalm(() => 7, planned);
    assert.ok(performance.now() - before > leastMs, String(planned));
  }
});

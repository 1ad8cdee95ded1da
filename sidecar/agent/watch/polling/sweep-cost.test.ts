import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureSweep } from './sweep-cost.ts';

test('a sweep that waits for a busy machine rests as if it had not, and one that computes rests twenty times as long', () => {
  const waited = measureSweep(2_000);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
  const slow = waited();
  assert.ok(slow.tookMs >= 990, `${slow.tookMs} ms`);
  assert.ok(slow.periodMs < 20 * slow.tookMs - 1_000, `${slow.periodMs} ms after ${slow.tookMs} ms`);
  const computed = measureSweep(1);
  const { user } = process.cpuUsage();
  while (process.cpuUsage().user - user < 300_000);
  assert.ok(computed().periodMs >= 20 * 300, 'it takes a twentieth of a core');
});

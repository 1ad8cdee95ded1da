import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restAfter } from './pace.ts';

test('a rest keeps work to its share of a core and to its bytes a second', () => {
  const rest = (usedMs: number, tookMs: number, bytes: number, share: number, bytesPerSecond?: number): number =>
    restAfter({ usedMs, tookMs, bytes }, { share, bytesPerSecond });
  assert.equal(rest(2, 10, 0, 0.02), 90);
  assert.equal(rest(2, 200, 0, 0.02), 0);
  assert.equal(rest(10_000, 0, 0, 0.02), 5_000);
  assert.equal(rest(5, 5, 1_000_000, 1), 0);
  assert.equal(rest(5, 5, 1_000_000, 1, 10_000_000), 95);
});

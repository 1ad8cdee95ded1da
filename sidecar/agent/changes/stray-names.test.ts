import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StrayNames } from './stray-names.ts';

test('of a name that stays gone less and less is said, up to once a minute, until it is there', () => {
  const strays = new StrayNames(1_000);
  const rests: number[] = [];
  for (let now = 0, saidAt = 0; rests.length < 8; now += 1_000) {
    if (strays.isToldOf('gone', now)) continue;
    if (now > 0) rests.push((now - saidAt) / 1_000);
    strays.told('gone', now);
    saidAt = now;
  }
  assert.deepEqual(rests, [2, 4, 8, 16, 32, 60, 60, 60]);
  strays.isThere('gone');
  assert.equal(strays.isToldOf('gone', 0), false);
});

test('of very many names it is said again, rather than remembered', () => {
  const strays = new StrayNames(1_000);
  for (let n = 0; n < 1_001; n++) strays.told(`gone-${n}`, 0);
  assert.deepEqual([strays.isToldOf('gone-0', 1), strays.isToldOf('gone-1000', 1)], [false, true]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exchanges } from './exchanges.ts';

test('what is below an exchanged directory is as young as the last exchange above it', () => {
  const exchanges = new Exchanges();
  assert.equal(exchanges.lastAbove('storm/a/b'), Number.NEGATIVE_INFINITY);
  exchanges.note(['storm/a', 'storm/x/y'], 1_000);
  exchanges.note(['storm/a/b', 'storm/z'], 3_000);
  assert.equal(exchanges.lastAbove('storm/a/c'), 1_000);
  assert.equal(exchanges.lastAbove('storm/a/b/c'), 3_000);
  assert.equal(exchanges.lastAbove('storm/x/y'), 1_000);
  assert.equal(exchanges.lastAbove('storm/ab'), Number.NEGATIVE_INFINITY);
});

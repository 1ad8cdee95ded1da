import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MovedDirectories } from './moved-directories.ts';

test('what is below a moved directory is as young as the last new name above it', () => {
  const moved = new MovedDirectories();
  assert.equal(moved.lastAbove('storm/a/b'), Number.NEGATIVE_INFINITY);
  moved.note(['storm/a', 'storm/x/y'], 1_000);
  moved.note(['storm/a/b', 'storm/z'], 3_000);
  assert.equal(moved.lastAbove('storm/a/c'), 1_000);
  assert.equal(moved.lastAbove('storm/a/b/c'), 3_000);
  assert.equal(moved.lastAbove('storm/x/y'), 1_000);
  assert.equal(moved.lastAbove('storm/ab'), Number.NEGATIVE_INFINITY);
});

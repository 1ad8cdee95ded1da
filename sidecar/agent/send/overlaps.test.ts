import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overlaps } from './overlaps.ts';

test('runs one after the other leave nothing in doubt', () => {
  const overlaps = new Overlaps();
  assert.deepEqual(overlaps.begin(['a/b'])(), []);
  assert.deepEqual(overlaps.begin(['a/c'])(), []);
});

test('the older of two runs at once may have put back times of directories that both set', () => {
  const overlaps = new Overlaps();
  const older = overlaps.begin(['a/b/x', 'c/y']);
  const newer = overlaps.begin(['a/b/z', 'd/y']);
  assert.deepEqual(newer(), []);
  assert.deepEqual(older().sort(), ['a', 'a/b']);
});

test('also when the newer one has ended long before', () => {
  const overlaps = new Overlaps();
  const older = overlaps.begin(['top']);
  overlaps.begin(['other'])();
  overlaps.begin(['deep/er/file'])();
  assert.deepEqual(older(), ['']);
});

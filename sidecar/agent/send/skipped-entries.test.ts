import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SkippedEntries } from './skipped-entries.ts';

test('counts entries once, shows ten of them and forgets what was sent', () => {
  const skipped = new SkippedEntries();
  for (let n = 0; n < 20; n++) skipped.add(`file\n${n}`, 'special-file');
  skipped.add('file\n0', 'denied');
  assert.equal(skipped.count, 20);
  assert.equal(skipped.samples.length, 10);
  assert.equal(skipped.samples[0], 'file\\#0120 (denied)');
  skipped.remove('file\n0');
  assert.equal(skipped.count, 19);
  assert.deepEqual([skipped.has('file\n0'), skipped.has('file\n1'), skipped.paths.length], [false, true, 19]);
});

test('forgets what went, with all below it', () => {
  const skipped = new SkippedEntries();
  for (const path of ['a', 'a/b', 'ab', 'c/d/e', 'c/f']) skipped.add(path, 'denied');
  skipped.removeBelow(new Set(['a', 'c/d']));
  assert.deepEqual(skipped.samples, ['ab (denied)', 'c/f (denied)']);
});

test('keeps no more than it has room for', () => {
  const skipped = new SkippedEntries();
  for (let n = 0; n < 10_100; n++) skipped.add(`${n}`, 'denied');
  assert.equal(skipped.count, 10_000);
});

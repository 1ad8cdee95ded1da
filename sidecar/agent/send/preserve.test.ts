import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preserveOf } from './preserve.ts';

test('a file may take the place of a directory only where what is deleted goes', () => {
  const run = { paths: ['', 'd', 'f\xff'], directories: new Set(['', 'd']) };
  assert.deepEqual(preserveOf(run, true), { paths: ['', 'ZA', 'Zv8'], directories: [0, 1] });
  assert.deepEqual(preserveOf(run, false).directories, [0, 1, 2]);
  assert.deepEqual(preserveOf({ paths: ['f'] }, true).directories, []);
});

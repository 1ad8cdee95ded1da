import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trimProgramPages } from './trim-memory.ts';

test('gives back what is resident of the program, and runs on', { skip: process.platform !== 'linux' }, () => {
  const first = trimProgramPages();
  assert.ok(first > 1_000_000, `only ${first} bytes were given back`);
  const second = trimProgramPages();
  assert.ok(second < first / 2, `${second} of ${first} bytes were there again at once`);
  assert.deepEqual(JSON.parse(JSON.stringify({ still: ['working'] })), { still: ['working'] });
});

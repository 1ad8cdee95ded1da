import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOlderVersion } from './versions.ts';

test('versions are compared by their numbers', () => {
  const table: readonly [string, string, boolean][] = [
    ['0.1.0', '0.1.0', false],
    ['0.1.0', '0.2.0', true],
    ['0.10.0', '0.9.9', false],
    ['1.0.0', '0.9.0', false],
    ['0.9.10', '0.9.9', false],
    ['0.1.0-rc.1', '0.1.0', false],
    ['', '0.1.0', true],
    ['unknown', '0.0.0', true],
  ];
  for (const [a, b, older] of table) assert.equal(isOlderVersion(a, b), older, `${a} older than ${b}`);
});

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lineageOf } from './source-lineage.ts';

test('a lineage is that of a machine and a path, or of a directory where the machine has no id', (t) => {
  const base = mkdtempSync(join(tmpdir(), 'lineage-'));
  t.after(() => rmSync(base, { recursive: true }));
  const source = join(base, 'source');
  mkdirSync(source);
  const onA = lineageOf(source, 'a');
  assert.equal(lineageOf(source, 'a'), onA);
  assert.notEqual(lineageOf(source, 'b'), onA);
  assert.notEqual(lineageOf(base, 'a'), onA);
  const own = lineageOf(source, '');
  utimesSync(source, 1, 1);
  assert.equal(lineageOf(source, ''), own);
  cpSync(source, join(base, 'copy'), { recursive: true, preserveTimestamps: true });
  assert.notEqual(lineageOf(join(base, 'copy'), ''), own);
});

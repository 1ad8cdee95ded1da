import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseStats } from './stats.ts';

test('reads what a real run says at its end', () => {
  const base = mkdtempSync(join(tmpdir(), 'stats-'));
  try {
    for (const name of ['source', 'source/d', 'target']) mkdirSync(join(base, name));
    writeFileSync(join(base, 'source/a'), 'x'.repeat(12_345_678));
    writeFileSync(join(base, 'source/d/b'), 'y'.repeat(100));
    writeFileSync(join(base, 'target/extra'), 'z');
    const args = ['-r', '--delete', '--stats', '--no-human-readable', `${base}/source/`, `${base}/target/`];
    assert.deepEqual(parseStats(execFileSync('rsync', args).toString()), {
      files: 4,
      directories: 2,
      created: 3,
      deleted: 1,
      transferred: 2,
      transferredBytes: 12_345_778,
      literalBytes: 12_345_778,
      matchedBytes: 0,
    });
  } finally {
    rmSync(base, { recursive: true });
  }
});

test('what is not said is 0', () => {
  assert.deepEqual(new Set(Object.values(parseStats('rsync error: killed'))), new Set([0]));
});

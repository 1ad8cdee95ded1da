import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { withLock } from './lock.ts';
import { identify } from './process-identity.ts';

test('one at a time; the lock of a killed process, or of another with its id, is taken over', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-lock-'));
  const path = join(folder, 'lock');
  writeFileSync(join(folder, 'a-cluster'), ''); // a folder that is left empty would be removed with the lock
  try {
    await withLock(path, 'first', async () => {
      await assert.rejects(
        withLock(path, 'second', async () => {}),
        { code: 'busy' },
      );
    });
    assert.equal(existsSync(path), false);
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    for (const owner of [
      { pid: gone, startTicks: '1' },
      { pid: process.pid, startTicks: '1' },
    ]) {
      writeFileSync(path, JSON.stringify({ ...owner, what: 'killed' }));
      assert.equal(await withLock(path, 'next', async () => 'done'), 'done');
    }
    writeFileSync(path, JSON.stringify({ ...identify(process.ppid), what: 'alive' }));
    await assert.rejects(
      withLock(path, 'next', async () => {}),
      /is at "alive"/,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

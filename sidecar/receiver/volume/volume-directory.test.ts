import assert from 'node:assert/strict';
import { chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openVolumeDirectory } from './volume-directory.ts';

const skip = process.geteuid?.() === 0 ? false : 'only root can make a directory of another user';
const other = 65_532;

for (const [what, isFilled, owner] of [
  ['an empty replica that another user made is made anew', false, 0],
  ['one that holds something stays as it is', true, other],
] as const)
  test(what, { skip }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'syncreplica-volume-'));
    const data = join(root, 'data');
    try {
      mkdirSync(data);
      if (isFilled) writeFileSync(join(data, 'kept'), 'kept');
      chownSync(data, other, other);
      const volume = await openVolumeDirectory(root);
      await volume.close();
      assert.equal(statSync(data).uid, owner);
      if (isFilled) assert.ok(statSync(join(data, 'kept')).isFile());
    } finally {
      rmSync(root, { recursive: true });
    }
  });

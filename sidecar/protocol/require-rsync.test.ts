import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isAtLeast, parseRsyncVersion, type RsyncVersion, requireRsync } from './require-rsync.ts';

test('versions are read as rsync prints them', () => {
  const version = (text: string) => parseRsyncVersion(`rsync  version ${text}  protocol version 32`);
  assert.deepEqual(version('3.5.0'), [3, 5, 0]);
  assert.deepEqual(version('v3.6.1pre1'), [3, 6, 1]);
  assert.equal(parseRsyncVersion('openrsync: protocol version 29'), null);
});

test('versions are compared part by part', () => {
  const rows: readonly [RsyncVersion, RsyncVersion, boolean][] = [
    [[3, 5, 0], [3, 5, 0], true],
    [[3, 5, 1], [3, 5, 0], true],
    [[3, 10, 0], [3, 5, 9], true],
    [[4, 0, 0], [3, 5, 0], true],
    [[3, 4, 4], [3, 5, 0], false],
    [[2, 9, 9], [3, 2, 3], false],
    [[3, 2, 3], [3, 2, 3], true],
    [[3, 2, 2], [3, 2, 3], false],
  ];
  for (const [version, oldest, expected] of rows) assert.equal(isAtLeast(version, oldest), expected, `${version}`);
});

test('one that is missing, too old or something else is refused with what to do', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'require-rsync-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const program = (name: string, prints: string): string => {
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\necho '${prints}'\n`, { mode: 0o755 });
    return path;
  };
  const demand = { oldest: [3, 5, 0], purpose: 'start receiver', because: 'older ones have holes' } as const;
  assert.match(await requireRsync('rsync', { ...demand, oldest: [3, 0, 0] }), /^\d+\.\d+\.\d+$/);
  await assert.rejects(requireRsync(join(directory, 'none'), demand), {
    code: 'RsyncMissing',
    hint: 'install rsync 3.5.0 or newer',
  });
  await assert.rejects(requireRsync(program('old', 'rsync  version 3.2.7  protocol version 31'), demand), {
    code: 'RsyncTooOld',
    message: 'start receiver: rsync 3.2.7 is too old',
    hint: 'install rsync 3.5.0 or newer: older ones have holes',
  });
  await assert.rejects(requireRsync(program('other', 'openrsync: protocol version 29'), demand), {
    code: 'RsyncTooOld',
    message: /of unknown version/,
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { testSettings } from '../testing/agent-fixture.ts';
import { encodeFileList } from './file-list.ts';
import { rsyncFlags } from './flags.ts';
import { directoryOfNothing } from './nothing.ts';

for (const filterArgs of [[], ['--filter=- /lost+found/', '--filter=- *.tmp']])
  test(`a deletion takes the names that it lists, and nothing else of the root, with ${filterArgs.length} rules`, (t) => {
    const base = mkdtempSync(join(tmpdir(), 'nothing-'));
    t.after(() => rmSync(base, { recursive: true }));
    const target = join(base, 'target');
    mkdirSync(join(target, 'd/e'), { recursive: true });
    for (const name of ['a', '#a', 'd/a', 'd/e/a', 'd/b', 'b', 'c.tmp']) writeFileSync(join(target, name), 'x');
    chmodSync(target, 0o751);
    const from = directoryOfNothing(join(base, 'state'));
    assert.equal(from, directoryOfNothing(join(base, 'state')));
    const flags = rsyncFlags('delete', { sync: testSettings.sync, filterArgs, targetArgs: [] });
    const local = flags.filter((flag) => !flag.startsWith('--sockopts') && flag !== '--no-motd');
    const input = encodeFileList(['a', '#a', 'd/a', 'd/e', 'x/y', 'c.tmp']);
    const { status } = spawnSync('rsync', [...local, `${from}/`, `${target}/`], { input });
    assert.equal(status, 24, 'the directories above have vanished, where nothing is');
    const kept = filterArgs.length > 0 ? ['c.tmp'] : [];
    assert.deepEqual(readdirSync(target).sort(), ['b', ...kept, 'd']);
    assert.deepEqual(readdirSync(join(target, 'd')), ['b']);
    assert.equal(statSync(target).mode & 0o777, 0o751);
  });

test('what has something in it is no directory of nothing: it would be sent', (t) => {
  const base = mkdtempSync(join(tmpdir(), 'nothing-'));
  t.after(() => rmSync(base, { recursive: true }));
  writeFileSync(join(directoryOfNothing(base), 'a'), 'x');
  assert.throws(() => directoryOfNothing(base), /nothing is not empty/);
  writeFileSync(join(base, 'file'), 'x');
  assert.throws(() => directoryOfNothing(join(base, 'file')), /ENOTDIR/);
});

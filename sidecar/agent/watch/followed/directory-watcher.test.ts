import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileFilter } from '../../../filter/filter.ts';
import { directoryMask, rootMask } from '../inotify/inotify-mask.ts';
import { bindWatchCalls } from '../inotify/libc.ts';
import { DirectoryWatcher } from './directory-watcher.ts';

const skip = process.platform !== 'linux' && 'needs inotify';

test('a directory that was renamed while events were lost is looked into for what was made in it meanwhile', {
  skip,
}, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'directory-watcher-'));
  const calls = bindWatchCalls();
  const inotify = calls.inotifyInit();
  t.after(() => {
    calls.close(inotify);
    rmSync(root, { recursive: true });
  });
  // The new name is met before the former one is missed, which lies deeper.
  mkdirSync(join(root, 'deep/deeper/from/known'), { recursive: true });
  const watcher = new DirectoryWatcher({
    calls,
    inotify,
    root,
    filter: compileFilter({ exclude: [], include: [] }),
    masks: { root: rootMask([]), below: directoryMask([]) },
    findings: { found: () => {}, rescan: () => {}, replaced: () => {} },
  });
  const workThrough = (): void => {
    while (watcher.work(1_000));
  };
  assert.equal(watcher.start(), 0);
  workThrough();
  renameSync(join(root, 'deep/deeper/from'), join(root, 'to'));
  mkdirSync(join(root, 'to/made/deep'), { recursive: true });
  watcher.rewalk();
  workThrough();
  watcher.retryMisplaced();
  workThrough();
  const watched = ['to', 'to/known', 'to/made', 'to/made/deep'];
  assert.deepEqual(watcher.tree.unwatched(watched.map((path) => `${path}/file`)), []);
});

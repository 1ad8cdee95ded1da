import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runShortOfFiles, skipShortOfFiles } from '../../../../testing/programs/short-of-files.ts';
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

const moduleAt = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Directories that are made while no event is read, and looked for where none can be opened. */
const shortScript = (root: string): string => `
  import { mkdirSync } from 'node:fs';
  import { compileFilter } from ${moduleAt('../../../filter/filter.ts')};
  import { directoryMask, rootMask } from ${moduleAt('../inotify/inotify-mask.ts')};
  import { bindWatchCalls } from ${moduleAt('../inotify/libc.ts')};
  import { DirectoryWatcher } from ${moduleAt('./directory-watcher.ts')};
  const root = ${JSON.stringify(root)};
  const calls = bindWatchCalls();
  const rescans = [];
  const watcher = new DirectoryWatcher({
    calls,
    inotify: calls.inotifyInit(),
    root,
    filter: compileFilter({ exclude: [], include: [] }),
    masks: { root: rootMask([]), below: directoryMask([]) },
    findings: { found: () => {}, rescan: (...rescan) => rescans.push(rescan), replaced: () => {} },
  });
  const workThrough = () => { while (watcher.work(1_000)); };
  watcher.start();
  workThrough();
  mkdirSync(root + '/a/made/deep', { recursive: true });
  const giveBack = takeAll();
  watcher.rewalk();
  workThrough();
  say([...watcher.notWatched()]);
  giveBack();
  rescans.length = 0;
  watcher.retryUnwatched();
  workThrough();
  say([...watcher.notWatched(), ...watcher.tree.unwatched(['a/made/file', 'a/made/deep/file'])]);
  say(rescans);
`;

test('what was made while events were lost, and no directory could be opened to look for it, is watched once one can be', {
  skip: skip || skipShortOfFiles,
}, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'directory-watcher-'));
  t.after(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, 'a'));
  const [short, after, rescans] = runShortOfFiles(shortScript(root));
  assert.deepEqual(short, [['', 'WatchLimit']]);
  assert.deepEqual(after, []);
  assert.deepEqual(rescans, [['', 'watch-limit']]);
});

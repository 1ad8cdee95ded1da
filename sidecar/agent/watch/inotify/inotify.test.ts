import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileFilter } from '../../../filter/filter.ts';
import { eventually, watchTree } from '../testing/watched-tree.ts';
import { canRun, WatchingProcess } from '../testing/watching-process.ts';
import { createInotifySource } from './inotify.ts';

const makeRoot = (): string => {
  const root = fs.mkdtempSync(join(tmpdir(), 'watched-'));
  fs.chmodSync(root, 0o755);
  return root;
};

test('tells of an overflow, and finds the directories whose events were lost', async () => {
  await using tree = await watchTree(createInotifySource, {
    prepare: (root) => {
      fs.mkdirSync(join(root, 'moves/deep'), { recursive: true });
      fs.mkdirSync(join(root, 'goes'));
    },
  });
  const emptyAt = performance.now();
  // Nothing is read while this runs: the kernel's queue (16,384 events by default) overflows.
  const limit = Number(fs.readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
  for (let n = 0; n < limit / 2 + 100; n++) {
    const at = join(tree.root, `file-${n}`);
    fs.writeFileSync(at, '');
    fs.unlinkSync(at);
  }
  fs.renameSync(join(tree.root, 'moves'), join(tree.root, 'moved'));
  fs.rmdirSync(join(tree.root, 'goes'));
  fs.mkdirSync(join(tree.root, 'unheard/of'), { recursive: true });
  fs.writeFileSync(join(tree.root, 'unheard/of/file'), 'x');
  await tree.hear('rescan', '');
  await tree.follow();
  assert.equal(tree.source.stats().overflows, 1);
  // The queue is read piece by piece: what was lost is as old as its first event, not as the last piece.
  assert.equal(tree.lostSince.length, 1);
  assert.ok((tree.lostSince[0] as number) <= emptyAt, `${tree.lostSince[0]} is after ${emptyAt}`);
  await eventually('a watch on every directory', () => tree.source.stats().watchedDirectories === 5);
  fs.writeFileSync(join(tree.root, 'unheard/of/later'), 'x');
  fs.writeFileSync(join(tree.root, 'moved/deep/later'), 'x');
  await tree.hear('write', 'unheard/of/later');
  await tree.hear('write', 'moved/deep/later');
});

test('watches directories whose paths are longer than the kernel takes', async () => {
  const name = 'n'.repeat(250);
  const depth = 20;
  // Step by step, as nothing can name the place at once.
  const descend = `
    const fs = require('node:fs');
    const [root, file] = process.argv.slice(1);
    process.chdir(root);
    for (let depth = 0; depth < ${depth}; depth++) {
      fs.mkdirSync('${name}', { recursive: true });
      process.chdir('${name}');
    }
    fs.writeFileSync(file, 'x');`;
  const write = (root: string, file: string) => execFileSync(process.execPath, ['-e', descend, root, file]);
  await using tree = await watchTree(createInotifySource, {
    prepare: (root) => write(root, 'before'),
  });
  assert.equal(tree.source.stats().watchedDirectories, depth + 1);
  write(tree.root, 'after');
  await tree.hear('write', [...Array.from({ length: depth }, () => name), 'after'].join('/'));
  fs.mkdirSync(join(tree.root, 'top'));
  await tree.hear('create', 'top');
  assert.deepEqual(tree.source.stats().notWatched, []);
});

test('a rename of a directory is one change, whatever is below it', async () => {
  await using tree = await watchTree(createInotifySource, {
    prepare: (root) => {
      for (let n = 0; n < 200; n++) {
        fs.mkdirSync(join(root, `a/b${n}/c`), { recursive: true });
        fs.writeFileSync(join(root, `a/b${n}/c/file`), 'x');
      }
    },
  });
  fs.renameSync(join(tree.root, 'a'), join(tree.root, 'z'));
  fs.writeFileSync(join(tree.root, 'z/b7/c/last'), 'x');
  await tree.hear('write', 'z/b7/c/last');
  assert.deepEqual(tree.heard.slice(0, 2), [
    { kind: 'move', from: 'a', path: 'z', isDirectory: true },
    { kind: 'create', path: 'z/b7/c/last', isDirectory: false },
  ]);
});

test('a move to where other filter rules hold is looked at again', async () => {
  await using tree = await watchTree(createInotifySource, {
    filter: { exclude: ['/a/skip/'], include: [] },
    prepare: (root) => {
      fs.mkdirSync(join(root, 'a/skip/deep'), { recursive: true });
      fs.writeFileSync(join(root, 'a/skip/deep/file'), 'x');
    },
  });
  assert.equal(tree.source.stats().watchedDirectories, 2);
  fs.renameSync(join(tree.root, 'a'), join(tree.root, 'b'));
  await tree.hear('create', 'b/skip/deep');
  fs.writeFileSync(join(tree.root, 'b/skip/deep/now'), 'x');
  await tree.hear('write', 'b/skip/deep/now');
  fs.renameSync(join(tree.root, 'b'), join(tree.root, 'a'));
  await eventually('the excluded directory to be left', () => tree.source.stats().watchedDirectories === 2);
});

test('delivers everything up to now when it is drained', async () => {
  await using tree = await watchTree(createInotifySource);
  for (let n = 0; n < 500; n++) fs.mkdirSync(join(tree.root, `d${n}/sub`), { recursive: true });
  fs.renameSync(join(tree.root, 'd0'), join(tree.outside, 'left'));
  await tree.source.drain();
  const paths = new Set(tree.heard.map((change) => change.path));
  assert.ok(paths.has('d499/sub'));
  assert.ok(tree.heard.some((change) => change.kind === 'delete' && change.path === 'd0'));
});

test('a rename whose halves are read one after the other is one, however long this process was away between', async () => {
  // As long as a name may be: 240 events fill what is read at once.
  const longName = (name: string): string => name.padEnd(255, '-');
  const [from, to] = [longName('from'), longName('to')];
  await using tree = await watchTree(createInotifySource, {
    prepare: (root) => fs.writeFileSync(join(root, from), 'x'),
  });
  for (let n = 0; n < 239; n++) fs.symlinkSync('nowhere', join(tree.root, longName(`link-${n}`)));
  fs.renameSync(join(tree.root, from), join(tree.root, to));
  const isTold = (): boolean => tree.heard.some(({ path }) => path === to);
  // Longer than the first half waits for the second, each time between two reads.
  const beAway = (): void => {
    for (const until = performance.now() + 5; performance.now() < until; );
    if (!isTold()) setImmediate(beAway);
  };
  setImmediate(beAway);
  await eventually('the new name', isTold);
  const told = tree.heard.filter(({ path }) => path === from || path === to);
  assert.deepEqual(told, [{ kind: 'move', from, path: to, isDirectory: false }]);
});

const userNamespaces = canRun('unshare', '-Ur', 'sh', '-c', 'echo 7 > /proc/sys/user/max_inotify_watches');
test('at the limit of watches it tells what to look at instead, and goes on', { skip: !userNamespaces }, async () => {
  const root = makeRoot();
  for (let n = 0; n < 4; n++) fs.mkdirSync(join(root, `d${n}/sub`), { recursive: true });
  // The limit of a user namespace: nobody else's watches count, and nobody else is limited.
  const limited = ['unshare', '-Ur', 'sh', '-c', 'echo 7 > /proc/sys/user/max_inotify_watches; exec "$@"', 'sh'];
  await using watching = new WatchingProcess(
    limited,
    root,
    `mkdir '${root}/new'; rm -r '${root}/d0'; touch '${root}/end'`,
  );
  await watching.until('the end of the command', (line) => line.kind === 'write' && line.path === 'end');
  const opened = watching.lines.find((line) => line.open !== undefined)?.open;
  assert.equal(opened?.watchedDirectories, 7);
  assert.deepEqual(
    opened?.notWatched.map(({ reason, count }) => [reason, count]),
    [['WatchLimit', 2]],
  );
  assert.equal(opened?.watchLimit, 7);
  const rescans = watching.lines.filter((line) => line.kind === 'rescan');
  assert.deepEqual(new Set(rescans.map((line) => 'reason' in line && line.reason)), new Set(['watch-limit']));
  // What has no watch is looked at, deep as it may be.
  const unwatched = opened?.notWatched[0]?.samples.find((path) => !path.startsWith('d0')) ?? '';
  await eventually(
    'two looks',
    () => watching.lines.filter((line) => 'reason' in line && line.reason === 'watch-limit').length > 2,
  );
  fs.mkdirSync(join(root, unwatched, 'deep'));
  fs.writeFileSync(join(root, unwatched, 'deep/file'), 'x');
  // A watch that has come free since may be its parent's: then it is new, and what was in it before the first look is to be compared.
  await watching.until(
    'a write in it, or that it is to be compared',
    ({ kind, path }) =>
      (kind === 'write' && path === `${unwatched}/deep/file`) || (kind === 'rescan' && path === `${unwatched}/deep`),
  );
  fs.rmSync(root, { recursive: true });
});

const otherUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const;
const canBeOther = canRun(otherUser[0], ...otherUser.slice(1), process.execPath, '--version');
test('an unreadable directory is counted, and watched once it can be read', { skip: !canBeOther }, async () => {
  const root = makeRoot();
  fs.mkdirSync(join(root, 'closed/sub'), { recursive: true });
  fs.chmodSync(join(root, 'closed'), 0o700);
  await using watching = new WatchingProcess(otherUser, root, 'true');
  await watching.until('the source to open', (line) => line.open !== undefined);
  assert.deepEqual(watching.lines.find((line) => line.open)?.open?.notWatched, [
    { reason: 'Unreadable', count: 1, samples: ['closed'] },
  ]);
  fs.chmodSync(join(root, 'closed'), 0o755);
  await eventually('a watch on it', () => watching.stats?.watchedDirectories === 3);
  await eventually('all to be watched', () => watching.stats?.notWatched.length === 0);
  await watching.until('a rescan', (line) => line.kind === 'rescan' && line.path === 'closed');
  fs.writeFileSync(join(root, 'closed/sub/file'), 'x');
  await watching.until('a write in it', (line) => line.kind === 'write' && line.path === 'closed/sub/file');
  fs.rmSync(root, { recursive: true });
});

test('refuses a root that may not be read', { skip: !canBeOther }, async () => {
  const root = makeRoot();
  fs.chmodSync(root, 0o700);
  await using watching = new WatchingProcess(otherUser, root, 'true');
  await watching.until('the refusal', (line) => line.failed === 'RootUnreadable');
  fs.rmSync(root, { recursive: true });
});

const canMount = canRun('unshare', '-m', 'sh', '-c', 'mount -t tmpfs none /mnt');
test('says that the root was unmounted', { skip: !canMount }, async () => {
  const root = makeRoot();
  const mounted = ['unshare', '-m', 'sh', '-c', `mount -t tmpfs none '${root}'; mkdir '${root}/d'; exec "$@"`, 'sh'];
  await using watching = new WatchingProcess(mounted, root, `umount '${root}'`);
  // The look at the root's identity, once a second, may be the first to know.
  await watching.until('the loss', ({ lost }) => lost === 'unmounted' || lost === 'replaced');
  // The watch must not keep it from being unmounted.
  await watching.until('the end of umount', (line) => line.ran === 0);
});

test('says that another file system was mounted over the root', { skip: !canMount }, async () => {
  const root = makeRoot();
  await using watching = new WatchingProcess(['unshare', '-m'], root, `mount -t tmpfs none '${root}'`);
  await watching.until('the loss', (line) => line.lost === 'replaced');
  fs.rmSync(root, { recursive: true });
});

test('a mount below the root is followed while it lasts', { skip: !canMount }, async () => {
  const root = makeRoot();
  fs.mkdirSync(join(root, 'm'));
  const mounted = [
    'unshare',
    '-m',
    'sh',
    '-c',
    `mount -t tmpfs none '${root}/m'; mkdir '${root}/m/inside'; exec "$@"`,
    'sh',
  ];
  // What is unmounted before its events were read is looked at as a whole, and no write is told.
  const command = `
    touch '${root}/m/inside/file'; until [ -e '${root}/seen' ]; do sleep 0.05; done
    umount '${root}/m'; mkdir '${root}/m/below'; touch '${root}/end'`;
  await using watching = new WatchingProcess(mounted, root, command);
  await watching.until('a write in it', (line) => line.kind === 'write' && line.path === 'm/inside/file');
  fs.writeFileSync(join(root, 'seen'), '');
  await watching.until('a look at what is there now', (line) => line.kind === 'rescan' && line.path === 'm');
  await watching.until('the end', (line) => line.kind === 'write' && line.path === 'end');
  await eventually('the watches', () => watching.stats?.watchedDirectories === 3);
  fs.rmSync(root, { recursive: true });
});

test('a directory at two places is watched once, and a loop of mounts ends', { skip: !canMount }, async () => {
  const root = makeRoot();
  for (const name of ['a', 'b', 'a/loop', 'a/sub']) fs.mkdirSync(join(root, name));
  const mounted = [
    'unshare',
    '-m',
    'sh',
    '-c',
    `mount --bind '${root}/a/sub' '${root}/b'; mount --rbind '${root}' '${root}/a/loop'; exec "$@"`,
    'sh',
  ];
  await using watching = new WatchingProcess(mounted, root, `touch '${root}/a/sub/file'`);
  await watching.until('a write', ({ kind, path }) => kind === 'write' && (path === 'a/sub/file' || path === 'b/file'));
  const opened = watching.lines.find((line) => line.open !== undefined)?.open;
  assert.equal(opened?.watchedDirectories, 3);
  assert.deepEqual(
    opened?.notWatched.map(({ reason, count }) => [reason, count]),
    [['SeenTwice', 2]],
  );
  fs.rmSync(root, { recursive: true });
});

test('a mount that appears below the root, of which no event tells, is found and watched', {
  skip: !canMount,
}, async () => {
  const root = makeRoot();
  fs.mkdirSync(join(root, 'm/hidden'), { recursive: true });
  const command = `
    mount -t tmpfs none '${root}/m'; mkdir '${root}/m/inside'
    until grep -q found '${root}/seen' 2>/dev/null; do sleep 0.05; done
    touch '${root}/m/inside/file'`;
  await using watching = new WatchingProcess(['unshare', '-m'], root, command);
  await watching.until('another thing under the name', ({ kind, path }) => kind === 'create' && path === 'm');
  fs.writeFileSync(join(root, 'seen'), 'found');
  await watching.until('a write in it', ({ kind, path }) => kind === 'write' && path === 'm/inside/file');
  fs.rmSync(root, { recursive: true });
});

test('has nothing to look through while it is opened, and says nothing', async () => {
  const root = makeRoot();
  const source = createInotifySource({ root, filter: compileFilter({ include: [], exclude: [] }), events: [] });
  const told: unknown[] = [];
  const tell = (what: unknown): void => void told.push(what);
  const opening = source.open({ onChanges: tell, onRootLost: tell, onError: tell });
  await source.check();
  await opening;
  await source.close();
  assert.deepEqual(told, []);
  fs.rmSync(root, { recursive: true });
});

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { ChangeSource } from './change-source.ts';
import { createInotifySource } from './inotify/inotify.ts';
import { createChokidarSource } from './polling/chokidar.ts';
import { createPollingSource } from './polling/polling.ts';
import type { SourceOptions } from './source-options.ts';
import { absolute } from './testing/tree-follower.ts';
import { eventually, watchTree } from './testing/watched-tree.ts';

interface Subject {
  readonly name: string;
  readonly create: (options: SourceOptions) => ChangeSource;
  /** Renames are one change; else they come as delete and create. */
  readonly moves: boolean;
  /** Hears of mode and time alone. */
  readonly attributes: boolean;
}

const subjects: readonly Subject[] = [
  { name: 'inotify', create: createInotifySource, moves: true, attributes: true },
  {
    name: 'polling',
    create: (options) => createPollingSource({ ...options, intervalMs: 20 }),
    moves: false,
    attributes: false,
  },
  {
    name: 'chokidar',
    create: (options) => createChokidarSource({ ...options, sweepMs: 50 }),
    moves: false,
    attributes: false,
  },
];

/** Names that only bytes can hold, or that break what quotes badly. */
const oddNames = [
  'new\nline',
  'quote\'s "and" `ticks`',
  '-rf',
  '--delete',
  ' leading and trailing ',
  'tab\tback\\slash',
  '*?[a]',
  '\xc3\xa9\xe2\x82\xac',
  'x'.repeat(255),
];
const invalidNames = ['\xff\xfe', 'caf\xe9', '\xc3'];

for (const { name: subject, create, moves, attributes } of subjects) {
  suite(`${subject}:`, { concurrency: 1 }, () => {
    test('hears of a new file, a write, a truncate and a delete', async () => {
      await using tree = await watchTree(create);
      fs.writeFileSync(join(tree.root, 'a'), 'one');
      await tree.hear('create', 'a');
      await tree.hear('write', 'a');
      await tree.follow();
      fs.appendFileSync(join(tree.root, 'a'), ' and two');
      await tree.follow();
      fs.truncateSync(join(tree.root, 'a'), 1);
      await tree.hear('modify', 'a');
      await tree.follow();
      fs.unlinkSync(join(tree.root, 'a'));
      assert.deepEqual(await tree.hear('delete', 'a'), { kind: 'delete', path: 'a', isDirectory: false });
      assert.deepEqual(tree.errors, []);
    });

    test('hears of a file that stays open while it is written', async () => {
      await using tree = await watchTree(create, { prepare: (root) => fs.writeFileSync(join(root, 'log'), '') });
      const descriptor = fs.openSync(join(tree.root, 'log'), 'a');
      fs.writeSync(descriptor, 'a line');
      await tree.hear('modify', 'log');
      await tree.follow();
      fs.closeSync(descriptor);
    });

    test('says nothing of what was there before', async () => {
      await using tree = await watchTree(create, {
        prepare: (root) => {
          fs.mkdirSync(join(root, 'old/deep'), { recursive: true });
          fs.writeFileSync(join(root, 'old/deep/file'), 'x');
        },
      });
      fs.writeFileSync(join(tree.root, 'old/deep/new'), 'x');
      await tree.hear('create', 'old/deep/new');
      assert.deepEqual(
        tree.heard.filter((change) => change.kind !== 'attributes' && !change.path.startsWith('old/deep/new')),
        [],
      );
    });

    test('hears of directories, made and removed, deep at once', async () => {
      await using tree = await watchTree(create);
      fs.mkdirSync(join(tree.root, 'a/b/c/d'), { recursive: true });
      fs.writeFileSync(join(tree.root, 'a/b/c/d/file'), 'deep');
      await tree.follow();
      assert.deepEqual(await tree.hear('create', 'a/b/c'), { kind: 'create', path: 'a/b/c', isDirectory: true });
      fs.rmSync(join(tree.root, 'a/b'), { recursive: true });
      await tree.hear('delete', 'a/b');
      await tree.follow();
      fs.mkdirSync(join(tree.root, 'a/b'));
      fs.writeFileSync(join(tree.root, 'a/b/again'), 'after it was made again');
      await tree.follow();
    });

    test('hears of symlinks, FIFOs and sockets', async () => {
      await using tree = await watchTree(create);
      fs.symlinkSync('/nowhere/at all', join(tree.root, 'dangling'));
      fs.symlinkSync(tmpdir(), join(tree.root, 'outside'));
      execFileSync('mkfifo', [join(tree.root, 'fifo')]);
      const server = createServer().listen(join(tree.root, 'socket'));
      for (const name of ['dangling', 'outside', 'fifo', 'socket']) await tree.hear('create', name);
      server.close();
      await tree.follow();
      fs.unlinkSync(join(tree.root, 'outside'));
      fs.symlinkSync('elsewhere', join(tree.root, 'outside'));
      await tree.follow();
    });

    test('hears of a hard link', async () => {
      await using tree = await watchTree(create, { prepare: (root) => fs.writeFileSync(join(root, 'one'), 'x') });
      fs.linkSync(join(tree.root, 'one'), join(tree.root, 'two'));
      await tree.hear('create', 'two');
      await tree.follow();
    });

    test('hears of renames, within, in and out', async () => {
      await using tree = await watchTree(create, {
        prepare: (root) => {
          fs.mkdirSync(join(root, 'd'));
          fs.writeFileSync(join(root, 'd/a'), 'x');
          fs.writeFileSync(join(root, 'leaves'), 'x');
        },
      });
      fs.renameSync(join(tree.root, 'd/a'), join(tree.root, 'b'));
      if (moves) {
        assert.deepEqual(await tree.hear('move', 'b'), { kind: 'move', from: 'd/a', path: 'b', isDirectory: false });
      }
      fs.writeFileSync(join(tree.outside, 'comes'), 'y');
      fs.renameSync(join(tree.outside, 'comes'), join(tree.root, 'comes'));
      fs.renameSync(join(tree.root, 'leaves'), join(tree.outside, 'leaves'));
      await tree.hear('create', 'comes');
      await tree.hear('write', 'comes');
      await tree.hear('delete', 'leaves');
      await tree.follow();
    });

    test('follows a directory to its new name, also into it and out of the tree', async () => {
      await using tree = await watchTree(create, {
        prepare: (root) => {
          fs.mkdirSync(join(root, 'a/b/c'), { recursive: true });
          fs.writeFileSync(join(root, 'a/b/c/file'), 'x');
        },
      });
      fs.renameSync(join(tree.root, 'a'), join(tree.root, 'z'));
      fs.writeFileSync(join(tree.root, 'z/b/c/later'), 'under the new path');
      await tree.hear('write', 'z/b/c/later');
      await tree.follow();
      fs.renameSync(join(tree.root, 'z'), join(tree.outside, 'z'));
      await tree.hear('delete', 'z');
      const before = tree.heard.length;
      fs.writeFileSync(join(tree.outside, 'z/b/c/unseen'), 'not ours any more');
      fs.renameSync(join(tree.outside, 'z'), join(tree.root, 'y'));
      await tree.hear('create', 'y');
      await tree.follow();
      fs.writeFileSync(join(tree.root, 'y/b/c/back'), 'ours again');
      await tree.hear('write', 'y/b/c/back');
      assert.equal(
        tree.heard.slice(before).some((change) => change.path.startsWith('z/')),
        false,
      );
    });

    test('hears of mode and time where the source can', { skip: !attributes }, async () => {
      await using tree = await watchTree(create, {
        prepare: (root) => {
          fs.writeFileSync(join(root, 'file'), 'x');
          fs.mkdirSync(join(root, 'directory'));
        },
      });
      fs.chmodSync(join(tree.root, 'file'), 0o600);
      fs.chmodSync(join(tree.root, 'directory'), 0o700);
      fs.chmodSync(tree.root, 0o711);
      assert.deepEqual(await tree.hear('attributes', 'file'), { kind: 'attributes', path: 'file', isDirectory: false });
      await tree.hear('attributes', 'directory');
      await tree.hear('attributes', '');
      await tree.follow();
      assert.equal(tree.heard.length, 3);
    });

    test('keeps names as they are', async () => {
      await using tree = await watchTree(create);
      for (const name of oddNames) {
        fs.writeFileSync(absolute(tree.root, name), name);
        await tree.hear('create', name);
      }
      fs.mkdirSync(absolute(tree.root, 'in\n"d'));
      fs.writeFileSync(absolute(tree.root, 'in\n"d/-f'), 'x');
      await tree.hear('create', 'in\n"d/-f');
      await tree.follow();
    });

    test('never misses a name that is not UTF-8', async () => {
      await using tree = await watchTree(create, {
        prepare: (root) => fs.writeFileSync(absolute(root, 'before\xff'), 'x'),
      });
      for (const name of invalidNames) fs.writeFileSync(absolute(tree.root, name), 'new');
      await tree.follow();
      fs.writeFileSync(absolute(tree.root, 'before\xff'), 'longer than it was');
      await tree.follow();
      fs.mkdirSync(absolute(tree.root, 'dir\xff'));
      fs.writeFileSync(absolute(tree.root, 'dir\xff/file'), 'below');
      await tree.follow();
      fs.rmSync(absolute(tree.root, invalidNames[0] as string));
      fs.rmSync(absolute(tree.root, 'dir\xff/file'));
      await tree.follow();
    });

    test('hears nothing of what the filter excludes, nor watches it', async () => {
      await using tree = await watchTree(create, {
        filter: { exclude: ['*.tmp', '/cache/'], include: ['keep.tmp'] },
        prepare: (root) => {
          fs.mkdirSync(join(root, 'cache/deep'), { recursive: true });
          fs.mkdirSync(join(root, 'sub/cache'), { recursive: true });
        },
      });
      fs.writeFileSync(join(tree.root, 'x.tmp'), 'x');
      fs.writeFileSync(join(tree.root, 'cache/deep/file'), 'x');
      fs.mkdirSync(join(tree.root, 'd.tmp/sub'), { recursive: true });
      fs.writeFileSync(join(tree.root, 'd.tmp/sub/file'), 'x');
      fs.writeFileSync(join(tree.root, 'keep.tmp'), 'x');
      fs.writeFileSync(join(tree.root, 'sub/cache/file'), 'x');
      await tree.hear('create', 'keep.tmp');
      await tree.hear('create', 'sub/cache/file');
      const told = tree.heard.filter(({ kind }) => kind !== 'attributes').map(({ path }) => path);
      assert.deepEqual([...new Set(told)].sort(), ['keep.tmp', 'sub/cache/file']);
      assert.equal(tree.source.stats().watchedDirectories, 3);
    });

    test('tells only of the events that were asked for', async () => {
      await using tree = await watchTree(create, { events: ['Create'] });
      fs.writeFileSync(join(tree.root, 'a'), 'x');
      fs.unlinkSync(join(tree.root, 'a'));
      fs.mkdirSync(join(tree.root, 'd'));
      await tree.hear('create', 'd');
      fs.writeFileSync(join(tree.root, 'd/inside'), 'x');
      await tree.hear('create', 'd/inside');
      const kinds = new Set(tree.heard.map((change) => change.kind));
      kinds.delete('rescan');
      assert.deepEqual([...kinds], ['create']);
    });

    const losses: readonly [string, (root: string) => void, readonly string[]][] = [
      ['deleted', (root) => fs.rmSync(root, { recursive: true }), ['deleted']],
      ['moved', (root) => fs.renameSync(root, `${root}-moved`), ['moved', 'deleted']],
      [
        'replaced',
        (root) => {
          fs.renameSync(root, `${root}-moved`);
          fs.mkdirSync(root);
        },
        ['moved', 'replaced'],
      ],
    ];
    for (const [what, change, reasons] of losses) {
      test(`says that the root was ${what}`, async () => {
        await using tree = await watchTree(create, { prepare: (root) => fs.mkdirSync(join(root, 'd')) });
        change(tree.root);
        await eventually('the loss of the root', () => tree.lost.length > 0);
        assert.equal(tree.lost.length, 1);
        assert.ok(reasons.includes(tree.lost[0] as string), String(tree.lost[0]));
        fs.rmSync(`${tree.root}-moved`, { recursive: true, force: true });
      });
    }

    test('refuses a root that is missing or no directory', async () => {
      await assert.rejects(watchTree(create, { prepare: (root) => fs.rmdirSync(root) }), { code: 'RootMissing' });
    });

    test('misses nothing of trees that are made, moved and removed as fast as a shell can', async () => {
      await using tree = await watchTree(create);
      const script = `
        for i in 1 2 3 4 5 6; do
          mkdir -p a$i/b/c/d e$i/f; echo $i > a$i/b/c/d/one; echo $i > e$i/f/two
          mv a$i m$i; mkdir -p a$i/b; echo again > a$i/b/three; echo $i >> m$i/b/c/d/one
          mv e$i/f m$i/b; mkdir e$i/f; rm -rf a$i; mv m$i/b/c a$i; echo x > a$i/d/four; rm -rf e$i
          mkdir e$i; ln m$i/b/f/two e$i/hard; cp -r a$i e$i/copy; mv e$i/copy/d e$i/x; chmod 700 e$i/x
        done`;
      const shell = spawn('sh', ['-ec', script], { cwd: tree.root, stdio: 'inherit' });
      const code = await new Promise((resolve) => shell.once('exit', resolve));
      assert.equal(code, 0);
      await tree.follow();
    });
  });
}

import assert from 'node:assert/strict';
import { chmodSync, linkSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Trash } from '../deletions/trash.ts';
import { journalsIn } from '../history/journal/history-segment.ts';
import { PastFiles } from '../history/read/past-files.ts';
import { ReadHistory } from '../history/read/read-history.ts';
import { assertSame, coded, type Scene, startScene } from '../testing/history-scene.ts';
import { CopyPast } from './copy-past.ts';

const fill = async (s: Scene): Promise<void> => {
  for (const name of ['d', 'd/sub', 'd/sub/deep', 'e', 'e/sub', 'moved', 'moved/in']) await s.makeDirectory(name);
  for (const name of ['a', 'b', 'd/x', 'd/y', 'd/sub/z', 'd/sub/deep/w', 'e/v', 'e/sub/u', 'moved/in/t', 'v\xff'])
    await s.write(name, `${name} 1`);
  await s.preserve(['d/second', 'link']);
  linkSync(join(s.data, 'a'), join(s.data, 'd/second'));
  symlinkSync('b', join(s.data, 'link'));
  await s.preserve([], ['d/sub']);
  chmodSync(join(s.data, 'd/sub'), 0o711);
};

const rename = (s: Scene, from: string, to: string) =>
  s.client.rename({ epoch: s.epoch, renames: [{ from: coded(from), to: coded(to) }] });

const chmod = async (s: Scene, path: string, mode: number, names: readonly string[] = []): Promise<void> => {
  await (statSync(join(s.data, path)).isDirectory() ? s.preserve([], [path]) : s.preserve([path, ...names]));
  chmodSync(join(s.data, path), mode);
};

/** What the source does between the moment that the past was looked up and the copy of it. */
const meanwhile: readonly (readonly [string, (s: Scene) => Promise<unknown>])[] = [
  ['nothing', async () => {}],
  [
    'files are rewritten',
    async (s) => {
      for (const name of ['a', 'd/x', 'd/sub/z', 'd/e-sub/u', 'renamed']) await s.write(name, 'encrypted');
    },
  ],
  [
    'entries are made',
    async (s) => {
      await s.makeDirectory('d/new');
      await s.makeDirectory('d/new/below');
      await s.write('d/new/below/file', 'new');
      await s.write('README', 'pay');
    },
  ],
  ['entries are deleted', (s) => s.erase(['d/sub', 'b', 'd/e-sub/u', 'link', 'renamed'])],
  ['all is deleted', (s) => s.erase(['a', 'b', 'd', 'e', 'moved', 'v\xff', 'link'])],
  [
    'directories are renamed',
    async (s) => {
      await rename(s, 'd', 'e/was-d');
      await rename(s, 'moved/in', 'in');
    },
  ],
  [
    'two directories are exchanged',
    async (s) => {
      await rename(s, 'd', 'other');
      await rename(s, 'e', 'd');
      await rename(s, 'other', 'e');
    },
  ],
  [
    'attributes are changed',
    async (s) => {
      await chmod(s, 'a', 0o600, ['d/second']);
      await chmod(s, 'd', 0o700);
      await chmod(s, 'd/sub/deep', 0o700);
    },
  ],
  [
    'a directory becomes a file, a file a directory',
    async (s) => {
      await s.preserve(['d']);
      writeFileSync(join(s.data, 'd'), 'now a file');
      await s.preserve([], ['b']);
      rmSync(join(s.data, 'b'));
      mkdirSync(join(s.data, 'b'));
      await s.write('b/within', 'b');
    },
  ],
  [
    'it is rolled back itself',
    async (s) => {
      const at = s.now;
      await s.erase(['d']);
      await s.history.rollBack({ at, checkpoint: false, by: 'test' });
    },
  ],
];

for (const mayClone of [true, false]) {
  for (const [name, change] of meanwhile) {
    test(`a copy of the past is of the past though meanwhile ${name}${mayClone ? ', of clones where there are such' : ''}`, async (context) => {
      const s = await startScene(context);
      await fill(s);
      const { at, tree } = await s.checkpoint('before');
      // Some of it differs before, too.
      await s.write('d/y', 'another');
      await chmod(s, 'e/v', 0o400);
      await rename(s, 'e/sub', 'd/e-sub');
      await rename(s, 'd/sub/deep/w', 'renamed');
      const directory = { root: s.root, history: join(s.state, 'history') };
      const trash = new Trash(join(s.state, 'trash'), silentLogger);
      const files = new PastFiles(s.root);
      const reader = new ReadHistory(journalsIn(directory.history));
      const root = join(s.base, 'copy');
      mkdirSync(root, { mode: 0o700 });
      const copy = new CopyPast(root, trash, mayClone);
      const wish = { at, checkpoint: true };
      let end = reader.end();
      const found = await reader.treeAt(wish, files);
      await change(s);
      await copy.add(found.tree, files, '');
      let rounds = 0;
      for (; rounds < 10; rounds++) {
        const changes = reader.changesSince(end) ?? assert.fail('the journal is there');
        end = reader.end();
        files.close();
        if (!(await copy.follow(changes, async () => (await reader.treeAt(wish, files)).tree, files))) break;
      }
      copy.finish();
      files.close();
      await trash.close();
      assert.equal(rounds, name === 'nothing' ? 0 : 1, 'each change is looked at once');
      assert.deepEqual(copy.missing, []);
      await assertSame(tree, root);
    });
  }
}

test('who reads while the source goes on gets what was, and nothing is left of it', {
  timeout: 180_000,
}, async (context) => {
  const s = await startScene(context);
  for (let n = 0; n < 20; n++) {
    await s.makeDirectory(`d${n}`);
    await s.preserve(Array.from({ length: 50 }, (_, file) => `d${n}/f${file}`));
    for (let file = 0; file < 50; file++) writeFileSync(join(s.data, `d${n}/f${file}`), `precious ${n} ${file}`);
  }
  const { at, tree } = await s.checkpoint('before');
  let isReading = true;
  const attack = async (): Promise<void> => {
    for (let n = 0; isReading; n++) {
      if (n % 7 === 3) await s.erase([`d${n % 20}/f${n % 50}`]);
      else await s.write(`d${n % 20}/f${n % 50}`, 'encrypted');
    }
  };
  const attacking = attack();
  const { unpackPast } = await import('../../protocol/entries/unpack-past.ts');
  try {
    for (let n = 0; n < 3; n++) {
      const stream = await s.history.read({ at, checkpoint: true, paths: [''] });
      const found = join(s.base, `found${n}`);
      await unpackPast(stream, found);
      const { execFileSync } = await import('node:child_process');
      assert.equal(execFileSync('diff', ['-r', tree, found], { encoding: 'utf8' }), '');
    }
  } finally {
    isReading = false;
    await attacking;
  }
  assert.deepEqual(readdirSync(join(s.state, 'beside')), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Disk, listDisk, stampAll } from './disk.ts';
import { type HistoryUnderTest, startModel, startReal } from './history-under-test.ts';
import { fillDisk } from './receiver-case.ts';

interface HistoryCase {
  readonly name: string;
  /** What is done between a checkpoint and the roll-back to it. */
  readonly work: (history: HistoryUnderTest) => Promise<void>;
}

/** As rsync puts a file in its place. */
function replace(disk: Disk, path: string, pieces: readonly string[]): void {
  disk.file('beside', pieces);
  disk.rename('beside', path);
}

const cases: readonly HistoryCase[] = [
  {
    name: 'files that were replaced, made and deleted',
    async work(history) {
      await history.preserve(['file', 'd/f', 'made']);
      replace(history.disk, 'file', ['other']);
      replace(history.disk, 'd/f', []);
      replace(history.disk, 'made', ['new']);
      await history.remove('d/e/g', 'link');
    },
  },
  {
    name: 'attributes that were changed in place',
    async work(history) {
      await history.preserve(['file'], ['d', '']);
      history.disk.chmod('file', 0o600);
      history.disk.stamp('file', 1_600_000_005_000);
      history.disk.chmod('d', 0o700);
    },
  },
  {
    name: 'a directory that was deleted, and made again with other things in it',
    async work(history) {
      await history.remove('d');
      await history.preserve(['d/f', 'd/other'], ['d']);
      history.disk.directory('d', 0o700);
      history.disk.file('d/f', ['another']);
      history.disk.symlink('f', 'd/other');
    },
  },
  {
    name: 'what became of another type',
    async work(history) {
      await history.preserve(['d'], ['file']);
      if (history.disk.paths().includes('d')) history.disk.remove('d');
      history.disk.file('d', ['now a file']);
      history.disk.remove('file');
      history.disk.directory('file');
    },
  },
  {
    name: 'names that were exchanged, and a directory that went into another, after which that was renamed',
    async work(history) {
      await history.rename(['d/f', 'x'], ['file', 'd/f'], ['x', 'file']);
      await history.rename(['d/e', 'empty/e'], ['empty', 'moved/below']);
      await history.preserve(['moved/below/e/g']);
      replace(history.disk, 'moved/below/e/g', ['written after']);
    },
  },
  {
    name: 'one of two names of a file',
    async work(history) {
      await history.preserve(['twin']);
      replace(history.disk, 'twin', ['of its own']);
      await history.remove('file');
    },
  },
  {
    name: 'what was done before and after the receiver was started anew',
    async work(history) {
      await history.preserve(['file']);
      replace(history.disk, 'file', ['before']);
      await history.rename(['file', 'd/file']);
      await history.restart();
      await history.preserve(['d/file', 'file']);
      replace(history.disk, 'd/file', ['after']);
      replace(history.disk, 'file', ['new']);
    },
  },
];

function begin({ disk }: HistoryUnderTest): void {
  fillDisk(disk);
  disk.link('file', 'twin');
  stampAll(disk);
}

for (const [kind, start] of [
  ['the real one', startReal],
  ['the model', startModel],
] as const) {
  for (const { name, work } of cases)
    test(`history, ${kind}: ${name}`, async (t) => {
      const history = await start(t);
      begin(history);
      const at = await history.checkpoint();
      const before = listDisk(history.disk);
      await work(history);
      const later = await history.checkpoint();
      const after = listDisk(history.disk);
      assert.notDeepEqual(after, before);
      for (const [to, tree] of [
        [at, before],
        [later, after],
        [at, before],
      ] as const) {
        assert.equal(await history.rollBack(to), 0);
        assert.deepEqual(listDisk(history.disk), tree);
      }
    });

  test(`history, ${kind}: what looks like what it takes the place of has another time for the next writer`, async (t) => {
    const history = await start(t);
    begin(history);
    const at = await history.checkpoint();
    const before = listDisk(history.disk);
    const stamp = 1_600_000_005_000;
    history.disk.stamp('file', stamp);
    history.disk.stamp('d/f', stamp);
    await history.rename(['d/f', 'x'], ['file', 'd/f'], ['x', 'file']);
    await history.preserve(['twin']);
    history.disk.file('beside', ['of its own']);
    history.disk.stamp('beside', stamp);
    history.disk.rename('beside', 'twin');
    assert.equal(await history.rollBack(at), 0);
    const rolledBack = listDisk(history.disk);
    assert.equal(rolledBack.length, before.length);
    await history.resume();
    const changed = listDisk(history.disk).filter((line) => !rolledBack.includes(line));
    assert.deepEqual(
      changed.map((line) => line.split(':')[0]),
      ['d/f', 'file', 'twin'],
    );
  });
}

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { exchangeNames } from '../../../../testing/calls/exchange-names.ts';
import { eventually, type WatchedTree, watchTree } from '../testing/watched-tree.ts';
import { createInotifySource } from './inotify.ts';

/** Each directory is watched under the name that it has now. */
async function hearsEverywhere(tree: WatchedTree): Promise<void> {
  await eventually('a watch on each', () => tree.source.stats().watchedDirectories === tree.countDirectories());
  const directories = ['.', ...fs.readdirSync(tree.root, { recursive: true, encoding: 'utf8' })].filter((path) =>
    fs.lstatSync(join(tree.root, path)).isDirectory(),
  );
  const name = `heard-${tree.heard.length}`;
  for (const directory of directories) {
    fs.writeFileSync(join(tree.root, directory, name), 'x');
    await tree.hear('write', directory === '.' ? name : `${directory}/${name}`);
  }
  await tree.follow();
}

const fill = (root: string): void => {
  for (const top of ['a', 'b', 'other']) {
    fs.mkdirSync(join(root, top, `of-${top}/deep`), { recursive: true });
    fs.writeFileSync(join(root, top, 'same'), top === 'b' ? 'two' : 'one');
  }
  for (const name of ['f', 'g']) fs.writeFileSync(join(root, name), name);
};

test('of two exchanged directories each is watched under its new name, and all that they hold is in doubt', async () => {
  await using tree = await watchTree(createInotifySource, { prepare: fill });
  exchangeNames(join(tree.root, 'a'), join(tree.root, 'b'));
  for (const path of ['a', 'b']) {
    await tree.hear('delete', path);
    assert.deepEqual(await tree.hear('create', path), { kind: 'create', path, isDirectory: true });
  }
  await hearsEverywhere(tree);
  exchangeNames(join(tree.root, 'a/of-b'), join(tree.root, 'b/of-a/deep'));
  await hearsEverywhere(tree);
});

test('of two exchanged files both are told as written', async () => {
  await using tree = await watchTree(createInotifySource, { prepare: fill });
  exchangeNames(join(tree.root, 'f'), join(tree.root, 'a/same'));
  for (const path of ['f', 'a/same']) await tree.hear('write', path);
  await tree.follow();
});

test('a directory and a file may be exchanged, and something with what lies outside', async () => {
  await using tree = await watchTree(createInotifySource, { prepare: fill });
  exchangeNames(join(tree.root, 'a'), join(tree.root, 'f'));
  await hearsEverywhere(tree);
  exchangeNames(join(tree.root, 'a'), join(tree.root, 'f'));
  await hearsEverywhere(tree);
  fs.mkdirSync(join(tree.outside, 'comes/deep'), { recursive: true });
  exchangeNames(join(tree.outside, 'comes'), join(tree.root, 'b'));
  await hearsEverywhere(tree);
});

test('exchanges in a row, with renames between that nobody read yet, leave each directory watched', async () => {
  await using tree = await watchTree(createInotifySource, { prepare: fill });
  const at = (path: string): string => join(tree.root, path);
  for (let round = 0; round < 20; round++) {
    exchangeNames(at('a'), at('b'));
    if (round % 3 === 0) exchangeNames(at('other'), at('a'));
    if (round % 4 === 0) fs.renameSync(at('b'), at('c'));
    if (round % 4 === 0) fs.mkdirSync(at('b/made'), { recursive: true });
    if (round % 4 === 2) exchangeNames(at('c'), at('b'));
    if (round % 4 === 3) fs.rmSync(at('c'), { recursive: true });
    if (round % 5 === 0) await hearsEverywhere(tree);
  }
  await hearsEverywhere(tree);
});

test('a directory that went there and back is not taken for an exchange', async () => {
  await using tree = await watchTree(createInotifySource, { prepare: fill });
  fs.renameSync(join(tree.root, 'a'), join(tree.root, 'c'));
  fs.renameSync(join(tree.root, 'c'), join(tree.root, 'a'));
  await tree.hear('move', 'a');
  await tree.source.drain();
  // Its content is compared, and not sent again.
  assert.deepEqual(
    tree.heard.filter(({ kind }) => kind !== 'move' && kind !== 'rescan'),
    [],
  );
});

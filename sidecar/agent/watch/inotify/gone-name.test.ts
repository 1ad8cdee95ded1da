import assert from 'node:assert/strict';
import { closeSync, linkSync, openSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { watchTree } from '../testing/watched-tree.ts';
import { createInotifySource } from './inotify.ts';

test('what is written through a name that is gone is told of, for the file may have another one', async () => {
  await using tree = await watchTree(createInotifySource, {
    prepare: (root) => {
      writeFileSync(join(root, 'log'), 'a line\n');
      linkSync(join(root, 'log'), join(root, 'log.1'));
    },
  });
  const writer = openSync(join(tree.root, 'log'), 'a');
  unlinkSync(join(tree.root, 'log'));
  await tree.hear('delete', 'log');
  writeSync(writer, 'another\n');
  closeSync(writer);
  writeFileSync(join(tree.root, 'end'), 'x');
  await tree.hear('write', 'end');
  const told = tree.heard.filter(({ path }) => path === 'log').map(({ kind }) => kind);
  assert.deepEqual(told.slice(told.indexOf('delete')), ['delete', 'modify', 'write']);
});

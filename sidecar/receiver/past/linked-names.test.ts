import assert from 'node:assert/strict';
import { chmodSync, linkSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertSame, coded, startScene } from '../testing/history-scene.ts';

test('two names of each file, in many directories, are in a tree of the past where they are copies', async (context) => {
  const s = await startScene(context);
  const directories = Array.from({ length: 1_000 }, (_, index) => `d${String(index).padStart(4, '0')}`);
  const names = directories.map((directory) => `${directory}/f`);
  const [others, firsts] = [names.slice(500), names.slice(0, 500)];
  await s.preserve(names, directories);
  for (const directory of directories) mkdirSync(join(s.data, directory));
  for (const [index, first] of firsts.entries()) {
    writeFileSync(join(s.data, first), first);
    linkSync(join(s.data, first), join(s.data, others[index] as string));
  }
  const { at, tree } = await s.checkpoint('before');
  await s.preserve(names);
  for (const first of firsts) chmodSync(join(s.data, first), 0o600);
  const { missing } = await s.history.makeBeside({
    at,
    checkpoint: true,
    name: 'before',
    paths: [''].map(coded),
    keepMs: 60_000,
  });
  assert.deepEqual(missing, []);
  await assertSame(tree, join(s.state, 'beside/before/tree'));
});

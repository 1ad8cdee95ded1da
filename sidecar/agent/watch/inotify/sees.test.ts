import assert from 'node:assert/strict';
import { mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createChokidarSource } from '../polling/chokidar.ts';
import { createPollingSource } from '../polling/polling.ts';
import type { SourceOptions } from '../source-options.ts';
import { watchTree } from '../testing/watched-tree.ts';
import { createInotifySource } from './inotify.ts';

for (const [kind, create] of [
  ['inotify', createInotifySource],
  ['polling', (options: SourceOptions) => createPollingSource({ ...options, intervalMs: 20 })],
  ['chokidar', createChokidarSource],
] as const)
  test(`${kind}: what another found in a new directory may go without a word until all was told`, async () => {
    await using tree = await watchTree(create);
    const { root, source } = tree;
    mkdirSync(join(root, 'new'));
    writeFileSync(join(root, 'new/file'), 'x');
    assert.equal(source.sees(['new/file']), false);
    assert.equal(source.sees([]), true);
    while (!source.sees(['new/file'])) await source.drain();
    unlinkSync(join(root, 'new/file'));
    assert.deepEqual(await tree.hear('delete', 'new/file'), { kind: 'delete', path: 'new/file', isDirectory: false });
  });

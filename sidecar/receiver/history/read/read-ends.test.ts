import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startScene } from '../../testing/history-scene.ts';
import { eventually } from '../../testing/receiver-fixture.ts';

test('a read of the past that ends where nothing can be taken away any more ends nothing else', async (t) => {
  const s = await startScene(t);
  await s.write('file', 'x'.repeat(8 * 1024 * 1024));
  const { at } = await s.checkpoint('then');
  const stream = await s.history.read({ at, checkpoint: true, paths: [''] });
  await once(stream, 'readable');
  const trash = join(s.state, 'trash');
  await eventually(() => readdirSync(trash).length === 0, 'the trash is empty');
  rmSync(trash, { recursive: true });
  stream.destroy();
  const left = (): string[] => readdirSync(join(s.state, 'beside'));
  for (let turn = 0; turn < 50; turn++) await s.client.status();
  assert.equal(left().length, 1);
  mkdirSync(trash);
});

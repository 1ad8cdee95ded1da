import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { Trash } from '../deletions/trash.ts';
import { Refusal } from '../refusal.ts';
import type { VolumeDirectory } from './volume-directory.ts';
import { makeVolumeHealth } from './volume-health.ts';
import { makeWriteActions } from './write-actions.ts';

test('a deletion that waited while its volume was lost is not told of as made', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'write-actions-'));
  t.after(() => rmSync(root, { recursive: true }));
  const directory = { root, data: join(root, 'data'), state: join(root, 'state') } as VolumeDirectory;
  for (const path of [directory.data, directory.state, join(root, 'trash')]) mkdirSync(path);
  writeFileSync(join(directory.data, 'file'), 'x');
  const trash = new Trash(join(root, 'trash'), silentLogger);
  const parts = {
    directory,
    bins: { trash },
    lease: { requireEpoch: () => {} },
    health: makeVolumeHealth(directory),
  } as unknown as ReturnType<Parameters<typeof makeWriteActions>[0]>;
  const aside = join(root, 'aside');
  const actions = makeWriteActions(
    () => parts,
    async (_, work) => {
      renameSync(directory.data, aside);
      return work();
    },
  );
  const deletion = actions.delete('uploads', { epoch: 1, paths: [Buffer.from('file').toString('base64url')] });
  await assert.rejects(deletion, (error) => error instanceof Refusal && error.answer.code === 'NotReady');
  assert.ok(existsSync(join(aside, 'file')));
  await trash.close();
});

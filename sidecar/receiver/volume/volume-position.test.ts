import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import { syncFileSystem } from '../../../src/process/system/sync-file-system.ts';
import { positionFile, stateDirectory } from '../../protocol/receiver-layout.ts';
import type { VolumeDirectory } from './volume-directory.ts';
import { VolumePosition } from './volume-position.ts';

const open = (t: TestContext, descriptorOf: (root: string) => number) => {
  const root = mkdtempSync(join(tmpdir(), 'volume-position-'));
  t.after(() => rmSync(root, { recursive: true }));
  const state = join(root, stateDirectory);
  mkdirSync(state);
  const directory = { root, state, lock: descriptorOf(root) } as VolumeDirectory;
  const calls = { sync: () => syncFileSystem(directory.lock), requireEpoch: () => {} };
  return { root, position: () => VolumePosition.open(directory, systemClock, calls) };
};

test('a position that is further stays, whatever a late report of an older run says', async (t) => {
  const scene = open(t, (root) => openSync(root, 'r'));
  const kept = await scene.position();
  for (const [epoch, sequence] of [
    [2, 7],
    [2, 5],
    [1, 90],
  ] as const)
    await kept.report({ position: { epoch, sequence }, lagMs: 0 });
  assert.deepEqual(kept.kept.position, { epoch: 2, sequence: 7 });
  assert.deepEqual((await scene.position()).kept.position, { epoch: 2, sequence: 7 });
});

test('where what was written can not be made durable no position is', async (t) => {
  const scene = open(t, () => 9_999);
  const kept = await scene.position();
  await assert.rejects(kept.report({ position: { epoch: 1, sequence: 1 }, lagMs: 0 }), /syncfs/);
  assert.equal(kept.kept.position, null);
  assert.equal(existsSync(join(scene.root, positionFile)), false);
});

test('what is said while a report is being kept is kept with the next: a full pass and a note of one, the lag of the other', async (t) => {
  const scene = open(t, (root) => openSync(root, 'r'));
  const kept = await scene.position();
  const at = (sequence: number) => ({ position: { epoch: 1, sequence }, lagMs: sequence });
  await Promise.all([
    kept.report(at(1)),
    kept.report({ ...at(3), fullPassAt: 5, note: 'of the pass' }),
    kept.report(at(2)),
  ]);
  const { position, lagMs, fullPassAt, note } = (await scene.position()).kept;
  assert.deepEqual(
    { position, lagMs, fullPassAt, note },
    { position: { epoch: 1, sequence: 3 }, lagMs: 2, fullPassAt: 5, note: 'of the pass' },
  );
});

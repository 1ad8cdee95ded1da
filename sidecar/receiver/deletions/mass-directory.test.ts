import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { KeptMassStore } from './kept-mass.ts';
import { massDirectoriesIn } from './mass-directory.ts';
import { moveAway } from './move-away.ts';

const keep = { id: 'mass', reason: 'Mass', forMs: 60_000 };

/** A replica with files that hold their names, and masses beside it. */
const makeScene = (t: TestContext, root = mkdtempSync(join(tmpdir(), 'mass-directory-'))) => {
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const data = join(root, 'data');
  for (const path of [data, join(root, 'kept')]) mkdirSync(path, { recursive: true });
  for (const name of ['a', 'b', 'c']) writeFileSync(join(data, name), name);
  const directories = massDirectoriesIn(join(root, 'kept'), data, join(root, 'ballast'));
  return {
    root,
    directories,
    async take(mass: KeptMassStore, paths: readonly string[]) {
      const places = await mass.reserve(paths, 60_000, 0);
      assert.deepEqual(
        paths.map((path, index) => moveAway(data, path, places[index] as (typeof places)[number])),
        paths.map(() => null),
      );
    },
    async assertPutBack(mass: KeptMassStore, restored: number) {
      const answer = await mass.putBack(
        () => {},
        (_path, _name, move) => move(),
      );
      assert.deepEqual([answer.restored, answer.failed], [restored, []]);
      assert.deepEqual(readdirSync(data).sort(), ['a', 'b', 'c']);
      for (const name of readdirSync(data)) assert.equal(readFileSync(join(data, name), 'utf8'), name);
    },
  };
};

test('what is kept under an id after a crash that cut its index off is put back where it was', async (t) => {
  const { root, directories, take, assertPutBack } = makeScene(t);
  const mass = await KeptMassStore.make(await directories.make('mass'), keep, 0);
  await take(mass, ['a']);
  mass.close();
  appendFileSync(join(root, 'kept/mass/index'), 'bm90LXdob2xl');
  const loaded = await directories.load('mass');
  assert.ok(loaded);
  const again = await KeptMassStore.load(loaded.directory, loaded.note);
  await take(again, ['b', 'c']);
  await assertPutBack(again, 3);
  again.close();
});

test('what is kept once a note could not be written is put back where it was', async (t) => {
  const { directories, take, assertPutBack } = makeScene(t);
  const directory = await directories.make('mass');
  let isFull = false;
  const writeNote = async (note: unknown): Promise<void> => {
    if (isFull) throw new Error('no space left on device');
    await directory.writeNote(note);
  };
  const mass = await KeptMassStore.make({ ...directory, writeNote }, keep, 0);
  isFull = true;
  await assert.rejects(mass.reserve(['a', 'b'], 60_000, 60_000));
  isFull = false;
  await take(mass, ['c']);
  await take(mass, ['b', 'a']);
  await assertPutBack(mass, 3);
  mass.close();
});

const mounts = mkdtempSync(join(tmpdir(), 'mass-mount-'));
const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', mounts]).status === 0;

test('what is kept once there is room again is put back where it was', {
  skip: !isMounted && 'needs to mount a file system',
}, async (t) => {
  t.after(() => {
    spawnSync('umount', ['-l', mounts]);
    rmSync(mounts, { recursive: true });
  });
  const { root, directories, take, assertPutBack } = makeScene(t, join(mounts, 'volume'));
  const mass = await KeptMassStore.make(await directories.make('mass'), keep, 0);
  await take(mass, ['a']);
  spawnSync('dd', ['if=/dev/zero', `of=${join(root, 'fill')}`, 'bs=4k']);
  const many = Array.from({ length: 128 }, (_, index) => `${'long'.repeat(30)}${index}`);
  await assert.rejects(mass.reserve(many, 60_000, 0), { code: 'ENOSPC' });
  rmSync(join(root, 'fill'));
  await take(mass, ['b', 'c']);
  await assertPutBack(mass, 3);
  mass.close();
});

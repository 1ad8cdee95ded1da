import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import { lease, startFixture } from '../testing/receiver-fixture.ts';
import { writeDurable } from './durable-file.ts';
import { type TakeInCalls, takeIn } from './take-in.ts';

const makeSource = async (): Promise<{ directory: string; copy: string }> => {
  const directory = await mkdtemp(join(tmpdir(), 'take-in-'));
  // An application may call a directory `data` too.
  for (const name of ['data/data', 'images/2026', 'lost+found'])
    await mkdir(join(directory, name), { recursive: true });
  await writeFile(join(directory, 'data/file'), 'x');
  await writeFile(Buffer.concat([Buffer.from(`${directory}/images/2026/`), Buffer.from([0xe9])]), 'y');
  const copy = await mkdtemp(join(tmpdir(), 'take-in-copy-'));
  execFileSync('cp', ['-a', `${directory}/.`, copy]);
  await rm(join(copy, 'lost+found'), { recursive: true });
  return { directory, copy };
};

const strictly = { xattrs: true, hardLinks: true, root: false };

test('what is in a directory becomes its replica, and nobody writes it before a person says whose it is', async () => {
  const { directory, copy } = await makeSource();
  let receiver = await startFixture({ directory, volume: 'uploads', takeIn: '' });
  try {
    assert.deepEqual(await compareTrees(copy, join(directory, 'data'), strictly), []);
    assert.deepEqual((await readdir(directory)).sort(), ['.syncreplica', 'data', 'lost+found']);
    const client = receiver.client();
    const of = { ...lease('a'), lineage: { id: 'new side' } };
    await assert.rejects(client.takeLease(of), { code: 'OtherSource' });
    assert.equal((await client.takeLease({ ...of, adopt: true })).lineage, 'new side');
    await receiver.close();
    receiver = await startFixture({ directory, volume: 'uploads', takeIn: '' });
    assert.deepEqual(await compareTrees(copy, join(directory, 'data'), strictly), []);
    assert.equal((await receiver.client().status()).lineage?.id, 'new side');
  } finally {
    await receiver.close();
    await rm(directory, { recursive: true });
    await rm(copy, { recursive: true });
  }
});

test('a volume that a receiver kept is left as it is, whatever it was called: what was promoted stays so', async () => {
  const { directory, copy } = await makeSource();
  await rm(join(directory, 'data'), { recursive: true });
  const first = await startFixture({ directory, volume: 'uploads', takeIn: 'images' });
  await first.close();
  assert.deepEqual(await compareTrees(join(copy, 'images'), join(directory, 'data'), strictly), []);
  assert.deepEqual(await readdir(join(directory, 'data')), ['2026']);
  const kept = JSON.parse(await readFile(join(directory, '.syncreplica/lease.json'), 'utf8'));
  const second = await startFixture({ directory, volume: 'back', takeIn: '' });
  await second.close();
  const { volume, ...rest } = JSON.parse(await readFile(join(directory, '.syncreplica/lease.json'), 'utf8'));
  assert.equal(volume, 'back');
  assert.deepEqual({ ...rest, volume: 'uploads' }, kept);
  assert.deepEqual(await readdir(join(directory, 'data')), ['2026']);
  await rm(directory, { recursive: true });
  await rm(copy, { recursive: true });
});

test('what is not there, or has no place, is refused before anything is moved', async () => {
  const { directory, copy } = await makeSource();
  await assert.rejects(startFixture({ directory, volume: 'uploads', takeIn: 'videos' }), { code: 'TakeInRefused' });
  await assert.rejects(startFixture({ directory, volume: 'uploads', takeIn: 'images' }), { code: 'TakeInRefused' });
  assert.deepEqual((await readdir(directory)).sort(), ['.syncreplica', 'data', 'images', 'lost+found']);
  await rm(directory, { recursive: true });
  await rm(copy, { recursive: true });
});

test('cut off after any of its steps and begun again, all is there once', async () => {
  for (let steps = 0; ; steps++) {
    const { directory, copy } = await makeSource();
    const state = join(directory, '.syncreplica');
    await mkdir(state);
    const volume = { root: directory, state, data: join(directory, 'data'), temporary: join(state, 'tmp') };
    let left = steps;
    const step =
      <A extends unknown[], T>(call: (...args: A) => Promise<T>) =>
      (...args: A): Promise<T> => {
        if (left-- === 0) throw new Error('cut off');
        return call(...args);
      };
    const calls: TakeInCalls = { mkdir: step(mkdir), rename: step(rename), keep: step(writeDurable) };
    const what = { path: '', volume: 'uploads', now: 1 };
    const isCut = await takeIn(volume, what, calls).then(
      () => false,
      () => true,
    );
    if (isCut) await takeIn(volume, what);
    assert.deepEqual(await compareTrees(copy, volume.data, strictly), [], `after ${steps} steps`);
    assert.deepEqual((await readdir(directory)).sort(), ['.syncreplica', 'data', 'lost+found']);
    assert.deepEqual((await readdir(state)).sort(), ['lease.json']);
    await rm(directory, { recursive: true });
    await rm(copy, { recursive: true });
    if (!isCut) {
      assert.ok(steps >= 4, `it has ${steps} steps`);
      return;
    }
  }
});

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { assertSame, coded, startScene } from '../../testing/history-scene.ts';

const mtimeNs = '1700000000123456789';
const small = (path: string, content: string) => ({
  path: coded(path),
  content: Buffer.from(content).toString('base64url'),
  mode: 0o640,
  mtimeNs,
});
const timesOf = (...paths: string[]) => paths.map((path) => ({ path: coded(path), mtimeNs }));

test('what small files replace is kept before: the replica goes back, and forward again', async (context) => {
  const s = await startScene(context);
  assert.equal((await s.client.status()).history?.lost, 0);
  for (const directory of ['d', 'd/e', 'in-the-way']) await s.makeDirectory(directory);
  for (const name of ['d/old', 'd/e/deep', 'in-the-way/inside', 'stays']) await s.write(name, `${name} 1`);
  await s.preserve(['link']);
  symlinkSync('d/old', join(s.data, 'link'));
  const before = await s.checkpoint('before');

  s.now += 1_000;
  const { results } = await s.client.writeSmallFiles({
    epoch: s.epoch,
    files: ['d/old', 'd/e/deep', 'd/new', 'link', 'in-the-way'].map((path) => small(path, `${path} 2`)),
    directories: [...timesOf('d/e', 'd', ''), { path: coded('in-the-way'), mtimeNs, mode: 0o750 }],
  });
  const written = { written: true };
  assert.deepEqual(results, [written, written, written, written, { written: false, reason: 'IsDirectory' }]);
  assert.equal(readFileSync(join(s.data, 'link'), 'utf8'), 'link 2');
  assert.deepEqual(readdirSync(join(s.data, 'in-the-way')), ['inside'], 'nothing is taken away for what is refused');
  const after = await s.checkpoint('after');

  assert.equal((await s.rollBack(before.at)).failedCount, 0);
  await assertSame(before.tree, s.data);
  assert.equal((await s.rollBack(after.at)).failedCount, 0);
  await assertSame(after.tree, s.data);
});

test('of a file that comes again and again the first state since each moment is kept', async (context) => {
  const s = await startScene(context);
  const moments = [];
  for (let n = 0; n < 4; n += 1) {
    for (const times of [1, 2])
      await s.client.writeSmallFiles({
        epoch: s.epoch,
        files: [small('f', `${n} ${times}`), small(`of-${n}`, 'x')],
        directories: timesOf(''),
      });
    moments.push(await s.checkpoint(`moment-${n}`));
  }
  for (const { at, tree } of [...moments].reverse()) {
    assert.equal((await s.rollBack(at)).failedCount, 0);
    await assertSame(tree, s.data);
  }
});

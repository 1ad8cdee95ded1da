import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { eventually, lease, startFixture } from '../testing/receiver-fixture.ts';
import { ensureBallast } from '../volume/durable-file.ts';

const home = mkdtempSync(join(tmpdir(), 'full-volume-'));
const volume = join(home, 'volume');

/** An ext4 that keeps nothing back for root, where a directory takes a block. */
const isMounted = (() => {
  const image = join(home, 'image');
  mkdirSync(volume);
  writeFileSync(image, '');
  truncateSync(image, 16 * 1024 * 1024);
  if (spawnSync('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image]).status !== 0) return false;
  return spawnSync('mount', ['-o', 'loop', image, volume]).status === 0;
})();

after(() => {
  spawnSync('umount', [volume]);
  rmSync(home, { recursive: true });
});

const coded = (path: string): string => Buffer.from(path).toString('base64url');
const isFull = (): boolean => statfsSync(volume).bavail === 0;

/** To the last block. */
const fill = (name: string): void => {
  spawnSync('dd', ['if=/dev/zero', `of=${join(volume, 'data', name)}`, 'bs=1k']);
  assert.ok(isFull());
};

test('what is deleted goes from a volume that is full, so that there is room again', {
  skip: !isMounted && 'needs to mount an ext4 file system',
}, async (t) => {
  const receiver = await startFixture({ directory: volume });
  t.after(() => receiver.close());
  const client = receiver.client();
  const { epoch } = await client.takeLease(lease('a'));
  const data = join(volume, 'data');
  for (const name of ['old', 'mass', 'last']) {
    mkdirSync(join(data, name));
    writeFileSync(join(data, name, 'file'), Buffer.alloc(1024 * 1024));
  }
  fill('fill');
  assert.deepEqual((await client.delete({ epoch, paths: [coded('old')] })).results, [{ deleted: true }]);
  await eventually(() => !isFull(), 'room for what comes');

  fill('more');
  const keep = { id: 'mass', reason: 'Mass' };
  assert.deepEqual((await client.delete({ epoch, paths: [coded('mass')], keep })).results, [{ deleted: true }]);
  assert.deepEqual(
    (await client.listKept()).kept.map(({ id, count }) => [id, count]),
    [['mass', 1]],
  );
  assert.equal(existsSync(join(data, 'mass')), false);
  // Where room is short what is kept goes first.
  await receiver.sweep();
  await eventually(() => readdirSync(join(volume, '.syncreplica/trash')).length === 0, 'the mass is gone');
  assert.ok(!isFull());
  await client.takeLease({ ...lease('a', epoch), fresh: true });
  assert.equal(statSync(join(volume, '.syncreplica/ballast')).size, 16_384);
});

test('a ballast for which there was no room is one once there is', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'ballast-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'ballast');
  writeFileSync(path, Buffer.alloc(100));
  await ensureBallast(path);
  await ensureBallast(path);
  assert.equal(statSync(path).size, 16_384);
});

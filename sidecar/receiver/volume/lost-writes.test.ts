import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createHoldClient } from '../../protocol/hold.ts';
import { lease, makeClientTls, startFixture, testUser } from '../testing/receiver-fixture.ts';

const did = (command: string, ...args: readonly string[]): boolean => spawnSync(command, args).status === 0;

/** An ext4 whose disk has no room for what it promised: what is written to it fails later on. Undefined where it can't be mounted. */
const makeVolume = (): { readonly path: string; enlarge(): void; remove(): void } | undefined => {
  const home = mkdtempSync(join(tmpdir(), 'lost-writes-'));
  const [disk, path] = [join(home, 'disk'), join(home, 'volume')];
  const image = join(disk, 'image');
  const remove = (): void => {
    for (const mount of [path, disk]) spawnSync('umount', [mount]);
    rmSync(home, { recursive: true });
  };
  for (const one of [disk, path]) mkdirSync(one);
  if (did('mount', '-t', 'tmpfs', '-o', 'size=8m', 'none', disk)) {
    writeFileSync(image, '');
    truncateSync(image, 64 * 1024 * 1024);
    if (did('mkfs.ext4', '-q', '-O', '^has_journal', image) && did('mount', '-o', 'loop', image, path))
      return { path, enlarge: () => void did('mount', '-o', 'remount,size=128m', disk), remove };
  }
  remove();
  return undefined;
};

const probe = makeVolume();
probe?.remove();
const skip = probe === undefined && 'needs to mount an ext4 file system';

const makeScene = async (t: TestContext) => {
  const volume = makeVolume();
  assert.ok(volume);
  const receiver = await startFixture({ directory: volume.path });
  t.after(async () => {
    await receiver.close();
    volume.remove();
  });
  const tls = await makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' });
  const client = receiver.client(tls);
  const { epoch, bootId } = await client.takeLease(lease('a'));
  const report = (of: number) => client.reportPosition({ position: { epoch: of, sequence: 1 }, lagMs: 0 });
  await report(epoch);
  writeFileSync(join(volume.path, 'data/file'), Buffer.alloc(20 * 1024 * 1024, 'x'));
  return {
    epoch,
    report,
    options: { host: '127.0.0.1', port: receiver.port, tls, volume: 'uploads', user: testUser },
    async assertLost() {
      volume.enlarge();
      await assert.rejects(report(epoch), { code: 'NotReady' });
      await assert.rejects(client.takeLease({ ...lease('a', epoch), fresh: false }), { code: 'NotReady' });
      const again = await client.takeLease({ ...lease('a', epoch), fresh: true });
      assert.equal(again.continues, true);
      assert.notEqual(again.bootId, bootId, 'what was not acknowledged is to be sent again');
      assert.deepEqual((await report(again.epoch)).position, { epoch: again.epoch, sequence: 1 });
    },
  };
};

test('what could not be written to the disk is not acknowledged by the next report', { skip }, async (t) => {
  const s = await makeScene(t);
  const [first, second] = await Promise.allSettled([s.report(s.epoch), s.report(s.epoch)]);
  assert.deepEqual([first.status, second.status], ['rejected', 'rejected']);
  await s.assertLost();
});

test('nor is it where a snapshot was told of it first', { skip }, async (t) => {
  const s = await makeScene(t);
  const holder = createHoldClient(s.options);
  await assert.rejects(holder.begin({ id: 'a', waitMs: 0, forMs: 30_000 }), { code: 'Internal' });
  holder.close();
  await s.assertLost();
});

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readingEpoch } from '../../protocol/control.ts';
import { receiverDestination, receiverTransferArgs } from '../../protocol/receiver-layout.ts';
import { eventually, type Fixture, lease, openTunnel, runRsync, startFixture } from '../testing/receiver-fixture.ts';

const mount = (...args: readonly string[]): void => {
  execFileSync('mount', args, { stdio: 'ignore' });
};
/** By a mount of the same on top, for the receiver has a file of it open to write. */
const makeReadOnly = (path: string): void => {
  mount('--bind', path, path);
  mount('-o', 'remount,bind,ro', path);
};
const unmount = (path: string): void => {
  spawnSync('umount', ['-l', path]);
};

const mayMount = (() => {
  const path = mkdtempSync(join(tmpdir(), 'may-mount-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', 'none', path]);
  unmount(path);
  rmSync(path, { recursive: true });
  return status === 0;
})();
const skip = !mayMount && 'needs to mount a file system';

interface Scene {
  readonly volume: string;
  readonly receiver: Fixture;
  readonly epoch: number;
  push(...args: readonly string[]): ReturnType<typeof runRsync>;
  read(): ReturnType<typeof runRsync>;
  probe(path: string): Promise<number>;
}

const stage = async (t: TestContext): Promise<Scene> => {
  const base = mkdtempSync(join(tmpdir(), 'volume-health-'));
  const volume = join(base, 'volume');
  mkdirSync(join(base, 'source'));
  mkdirSync(volume);
  writeFileSync(join(base, 'source/file'), Buffer.alloc(4 * 1024 * 1024, 'x'));
  mount('-t', 'tmpfs', 'none', volume);
  const receiver = await startFixture({ directory: volume });
  const { epoch, root } = await receiver.client().takeLease(lease('a'));
  const connect = async (of: number) => {
    const tunnel = await openTunnel({ ...receiver, epoch: of });
    t.after(() => tunnel.close());
    return tunnel.port;
  };
  const [writing, reading] = [await connect(epoch), await connect(readingEpoch)];
  const place = `{daemon}${receiverDestination('uploads', root)}`;
  t.after(async () => {
    await receiver.close();
    unmount(volume);
    rmSync(base, { recursive: true });
  });
  return {
    volume,
    receiver,
    epoch,
    push: (...args) => runRsync(writing, ['-rt', ...args, ...receiverTransferArgs(root), `${base}/source/`, place]),
    read: () => runRsync(reading, ['-rt', place, `${base}/back/`]),
    probe: async (path) => (await fetch(`http://127.0.0.1:${receiver.metricsPort}${path}`)).status,
  };
};

const path = Buffer.from('file').toString('base64url');
const refusals = (scene: Scene, reason: string) =>
  Promise.all(
    [
      (client: ReturnType<Fixture['client']>) => client.takeLease(lease('a', scene.epoch)),
      (client: ReturnType<Fixture['client']>) => client.delete({ epoch: scene.epoch, paths: [path] }),
      (client: ReturnType<Fixture['client']>) =>
        client.rename({ epoch: scene.epoch, renames: [{ from: path, to: 'Yg' }] }),
      (client: ReturnType<Fixture['client']>) =>
        client.reportPosition({ position: { epoch: scene.epoch, sequence: 1 }, lagMs: 0 }),
    ].map((ask) =>
      assert.rejects(ask(scene.receiver.client()), (error: { code: string; answer: { reason?: string } }) => {
        assert.deepEqual([error.code, error.answer.reason], ['NotReady', reason]);
        return true;
      }),
    ),
  );

test('a target that is read-only says so at once, can be read, and goes on by itself', { skip }, async (t) => {
  const scene = await stage(t);
  makeReadOnly(scene.volume);
  await refusals(scene, 'TargetReadOnly');
  const refused = await scene.push();
  assert.equal(refused.code, 5);
  assert.match(refused.output, /@ERROR: TargetReadOnly/);
  assert.equal((await scene.receiver.client().status()).trouble?.reason, 'TargetReadOnly');
  assert.deepEqual([await scene.probe('/healthz'), await scene.probe('/readyz')], [200, 503]);
  unmount(scene.volume);
  assert.equal((await scene.push()).code, 0);
  assert.equal((await scene.read()).code, 0);
  assert.equal(await scene.probe('/readyz'), 200);
  makeReadOnly(scene.volume);
  assert.equal((await scene.read()).code, 0, 'reading needs no writing');
  unmount(scene.volume);
});

test('a target that lost its mount is Offline at once: nothing is written beside it, and no run goes on', {
  skip,
}, async (t) => {
  const scene = await stage(t);
  const slow = scene.push('--bwlimit=100');
  await eventually(() => readdirSync(join(scene.volume, '.syncreplica/tmp')).length === 1, 'a run to write');
  unmount(scene.volume);
  assert.notEqual((await slow).code, 0);
  await refusals(scene, 'TargetLost');
  assert.match((await scene.push()).output, /@ERROR: TargetLost/);
  assert.match((await scene.read()).output, /@ERROR: TargetLost/);
  const status = await scene.receiver.client().status();
  assert.deepEqual([status.trouble?.reason, status.empty], ['TargetLost', false]);
  await eventually(async () => (await scene.probe('/healthz')) === 503, 'the health to be told');
  assert.deepEqual(readdirSync(scene.volume), []);
  // Another directory of the same layout is not it either.
  for (const name of ['data', '.syncreplica']) mkdirSync(join(scene.volume, name));
  await refusals(scene, 'TargetLost');
  assert.equal(existsSync(join(scene.volume, '.syncreplica/position.json')), false);
});

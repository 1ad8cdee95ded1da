import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createManualClock } from '../../src/process/manual-clock.ts';
import { ControlFailure } from '../protocol/connection/control-connection.ts';
import { receiverDestination, receiverTransferArgs } from '../protocol/receiver-layout.ts';
import {
  eventually,
  lease,
  makeClientTls,
  openTunnel,
  password,
  runRsync,
  startFixture,
  username,
} from './testing/receiver-fixture.ts';
import { removeOldPartials } from './volume/volume-directory.ts';

test('a new writer ends the old one’s runs before it is answered, and no old one comes in again', async () => {
  const receiver = await startFixture();
  const source = await mkdtemp(join(tmpdir(), 'epoch-'));
  await writeFile(join(source, 'big'), Buffer.alloc(8 * 1024 * 1024, 'x'));
  try {
    const client = receiver.client();
    const first = await client.takeLease(lease('pod-a'));
    const tunnel = await openTunnel({ ...receiver, epoch: first.epoch });
    const place = `rsync://${username}@127.0.0.1:${tunnel.port}/${receiverDestination('uploads', first.root)}`;
    const slow = spawn('rsync', ['-rt', '--bwlimit=200', ...receiverTransferArgs(first.root), `${source}/`, place], {
      env: { ...process.env, RSYNC_PASSWORD: password },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => slow.on('close', resolve));
    const temporary = join(receiver.directory, '.syncreplica/tmp');
    await eventually(async () => (await readdir(temporary)).length === 1, 'the old run writes its file');

    await assert.rejects(client.takeLease(lease('pod-b')), (error: unknown) => {
      assert.ok(error instanceof ControlFailure);
      assert.equal(error.code, 'LeaseHeld');
      assert.equal(error.answer.holder, 'pod-a');
      assert.ok((error.answer.expiresInMs ?? 0) > 0);
      return true;
    });
    const second = await client.takeLease(lease('pod-b', 0, true));
    assert.equal(second.epoch, 2);
    assert.deepEqual(await readdir(temporary), [], 'nothing of the old run is left when the answer comes');
    assert.notEqual(await ended, 0);
    assert.deepEqual(await readdir(join(receiver.directory, 'data')), []);

    const late = await runRsync(tunnel.port, ['-rt', ...receiverTransferArgs(first.root), `${source}/`, place]);
    assert.notEqual(late.code, 0);
    assert.match(late.output, /StaleEpoch/);
    for (const refused of [
      () => client.takeLease(lease('pod-a', 1)),
      () => client.rename({ epoch: 1, renames: [{ from: 'YQ', to: 'Yg' }] }),
      () => client.delete({ epoch: 1, paths: ['YQ'] }),
      () => client.undelete({ epoch: 1, id: 'mass' }),
      () => client.reportPosition({ position: { epoch: 1, sequence: 9 }, lagMs: 0 }),
      () => client.releaseLease(1),
    ]) {
      await assert.rejects(refused(), (error: { code: string }) => /^(StaleEpoch|NotKept)$/.test(error.code));
    }
    assert.equal((await client.status()).position, null);
    const metrics = await (await fetch(`http://127.0.0.1:${receiver.metricsPort}/metrics`)).text();
    assert.match(metrics, /syncreplica_receiver_epoch 2/);
    assert.match(metrics, /syncreplica_receiver_refused_total\{reason="epoch"\} 1/);
    assert.match(metrics, /syncreplica_receiver_received_bytes_total [1-9]/);
    tunnel.close();
  } finally {
    await receiver.close();
    await rm(source, { recursive: true });
  }
});

test('a new connection of the holder ends what runs under its last one, and nobody else comes between', async () => {
  const receiver = await startFixture();
  const source = await mkdtemp(join(tmpdir(), 'epoch-'));
  await writeFile(join(source, 'big'), Buffer.alloc(8 * 1024 * 1024, 'x'));
  try {
    const client = receiver.client();
    const { epoch, root } = await client.takeLease(lease('pod-a'));
    const tunnel = await openTunnel({ ...receiver, epoch });
    const place = `rsync://${username}@127.0.0.1:${tunnel.port}/${receiverDestination('uploads', root)}`;
    const slow = spawn('rsync', ['-rt', '--bwlimit=200', ...receiverTransferArgs(root), `${source}/`, place], {
      env: { ...process.env, RSYNC_PASSWORD: password },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => slow.on('close', resolve));
    const temporary = join(receiver.directory, '.syncreplica/tmp');
    await eventually(async () => (await readdir(temporary)).length === 1, 'the run writes its file');

    const again = { ...lease('pod-a', epoch), fresh: true };
    const { epoch: next, continues } = await client.takeLease(again);
    assert.deepEqual([next, continues], [2, true]);
    assert.deepEqual(await readdir(temporary), [], 'nothing of the last connection’s run is left');
    assert.notEqual(await ended, 0);
    const late = await runRsync(tunnel.port, ['-rt', ...receiverTransferArgs(root), `${source}/`, place]);
    assert.match(late.output, /StaleEpoch/);
    await assert.rejects(client.delete({ epoch, paths: ['YQ'] }), { code: 'StaleEpoch' });
    // As if the answer had been lost.
    assert.deepEqual((await client.takeLease(again)).epoch, 3);
    assert.equal((await client.takeLease({ ...lease('pod-b', 0, true), fresh: true })).continues, false);
    await assert.rejects(client.takeLease({ ...again, epoch: 3 }), { code: 'StaleEpoch' });
    tunnel.close();
  } finally {
    await receiver.close();
    await rm(source, { recursive: true });
  }
});

test('a lease that ran out lets another in; a release does so at once', async () => {
  const clock = createManualClock(1_000);
  const receiver = await startFixture({ clock: { ...clock, now: () => Date.now() } });
  try {
    const client = receiver.client();
    assert.equal((await client.takeLease(lease('a'))).epoch, 1);
    clock.advance(14_999);
    await assert.rejects(client.takeLease(lease('b')), { code: 'LeaseHeld' });
    assert.equal((await client.takeLease(lease('a', 1))).epoch, 1);
    clock.advance(14_999);
    await assert.rejects(client.takeLease(lease('b')), { code: 'LeaseHeld' });
    clock.advance(1);
    assert.equal((await client.takeLease(lease('b'))).epoch, 2);
    await assert.rejects(client.takeLease(lease('a', 1)), { code: 'StaleEpoch' });
    await client.releaseLease(2);
    assert.equal((await client.status()).holder, null);
    assert.equal((await client.takeLease(lease('c'))).epoch, 3);
  } finally {
    await receiver.close();
  }
});

test('only the epochs of its own operator count', async () => {
  const receiver = await startFixture();
  try {
    const own = receiver.client(await makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' }));
    const elsewhere = receiver.client();
    const of = (controllerEpoch: number, holder: string, epoch = 0) => ({ ...lease(holder, epoch), controllerEpoch });
    // Whatever another installation counts to shuts nobody out.
    assert.equal((await elsewhere.takeLease(of(900, 'afar'))).epoch, 1);
    await elsewhere.releaseLease(1);
    assert.equal((await own.takeLease(of(7, 'a'))).epoch, 2);
    await assert.rejects(own.takeLease(of(6, 'a', 2)), { code: 'StaleController' });
    await assert.rejects(elsewhere.takeLease(of(3, 'afar')), { code: 'LeaseHeld' });
    await own.releaseLease(2);
    assert.equal((await elsewhere.takeLease(of(3, 'afar'))).epoch, 3);
    assert.equal((await elsewhere.takeLease(of(3, 'afar', 3))).epoch, 3);
    await elsewhere.releaseLease(3);
    await assert.rejects(own.takeLease(of(6, 'a')), { code: 'StaleController' });
    assert.equal((await own.takeLease(of(7, 'a'))).epoch, 4);
  } finally {
    await receiver.close();
  }
});

test('after a restart the holder renews, another waits, and the position is there', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'restart-'));
  const first = await startFixture({ directory });
  const client = first.client();
  const taken = await client.takeLease(lease('a'));
  const { bootId, instance } = taken;
  const durable = { position: { epoch: 1, sequence: 5 }, bootId, instance };
  const report = { lagMs: 3, fullPassAt: 77, note: 'n' };
  for (const more of [
    { ...report, position: { epoch: 1, sequence: 5 } },
    { position: { epoch: 1, sequence: 4 }, lagMs: 0 },
  ]) {
    const { operation, ...answer } = await client.reportPosition(more);
    assert.deepEqual(answer, durable);
    assert.equal(typeof operation, 'number');
  }
  await first.close();
  const second = await startFixture({ directory });
  try {
    const again = second.client();
    await assert.rejects(again.takeLease(lease('b')), { code: 'LeaseHeld' });
    const renewed = await again.takeLease(lease('a', 1));
    const { root: _, bootId: boot, instance: life, ...rest } = renewed;
    assert.deepEqual(rest, {
      epoch: 1,
      continues: true,
      ttlMs: 15_000,
      position: { epoch: 1, sequence: 5 },
      note: 'n',
      lineage: null,
      timeGranularityNs: 1,
      takesSmallFiles: true,
    });
    assert.equal(boot, bootId);
    assert.notEqual(life, instance);
    const status = await again.status();
    assert.equal(status.fullPassAt, 77);
    assert.ok(Math.abs((status.heartbeatAt ?? 0) - Date.now()) < 60_000);
  } finally {
    await second.close();
    await rm(directory, { recursive: true });
  }
});

test('the first writer names a volume for good', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'naming-'));
  const first = await startFixture({ directory });
  await first.client().takeLease(lease('a'));
  await first.close();
  await assert.rejects(startFixture({ directory, volume: 'photos' }), { code: 'VolumeNameChanged' });
  await writeFile(join(directory, '.syncreplica/lease.json'), '{"volume":');
  await assert.rejects(startFixture({ directory }), { code: 'StateCorrupt' });
  await writeFile(join(directory, '.syncreplica/lease.json'), '{"volume":"uploads"}');
  await assert.rejects(startFixture({ directory }), { code: 'StateCorrupt' });
  await rm(directory, { recursive: true });
});

test('what a killed run left is gone at the start, old partials too; the replica is not touched', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'leftovers-'));
  const state = join(directory, '.syncreplica');
  await mkdir(join(state, 'tmp/dir/below'), { recursive: true });
  for (const name of ['young', 'empty']) await mkdir(join(state, 'partial', name), { recursive: true });
  await mkdir(join(directory, 'data'));
  await writeFile(join(state, 'tmp/.file.AbCdEf'), 'x');
  for (const name of ['young/file', 'of-no-path']) await writeFile(join(state, 'partial', name), 'half');
  await mkdir(join(directory, 'outside'));
  await writeFile(join(directory, 'outside/file'), 'not ours');
  await symlink('../../outside', join(state, 'partial/link'));
  await writeFile(join(directory, 'data/.file.AbCdEf'), 'a user’s own');
  const receiver = await startFixture({ directory });
  try {
    assert.deepEqual(await readdir(join(state, 'tmp')), []);
    assert.deepEqual((await readdir(join(state, 'partial'), { recursive: true })).sort(), ['young', 'young/file']);
    await removeOldPartials(join(state, 'partial'), 0);
    assert.deepEqual(await readdir(join(state, 'partial')), []);
    assert.deepEqual(await readdir(join(directory, 'outside')), ['file']);
    assert.deepEqual(await readdir(join(directory, 'data')), ['.file.AbCdEf']);
  } finally {
    await receiver.close();
    await rm(directory, { recursive: true });
  }
});

test('many positions at once cost few syncs and are all durable when they are answered', async () => {
  const receiver = await startFixture();
  try {
    const client = receiver.client();
    await client.takeLease(lease('a'));
    const reports = Array.from({ length: 40 }, (_, index) =>
      client.reportPosition({ position: { epoch: 1, sequence: index + 1 }, lagMs: 0 }),
    );
    await Promise.all(reports);
    const kept = JSON.parse(await readFile(join(receiver.directory, '.syncreplica/position.json'), 'utf8')) as object;
    assert.deepEqual(Object.entries(kept)[0], ['position', { epoch: 1, sequence: 40 }]);
    // A slow position must not hold up a renewal.
    const slow = client.reportPosition({ position: { epoch: 1, sequence: 41 }, lagMs: 0 });
    assert.equal((await client.takeLease(lease('a', 1))).epoch, 1);
    await slow;
  } finally {
    await receiver.close();
  }
});

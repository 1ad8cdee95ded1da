import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readingEpoch } from '../protocol/control.ts';
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

const own = () => makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' });
const request = { lineage: { id: 'the-claim' }, by: 'kubectl-annotate' };

test('a promotion ends the writer’s run before it is answered; every writer is refused, also after a restart', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'promotion-'));
  const source = await mkdtemp(join(tmpdir(), 'promotion-source-'));
  await writeFile(join(source, 'big'), Buffer.alloc(8 * 1024 * 1024, 'x'));
  let receiver = await startFixture({ directory });
  try {
    const writer = receiver.client(await own());
    const { epoch, root } = await writer.takeLease({ ...lease('pod-a'), lineage: { id: 'source' } });
    const tunnel = await openTunnel({ ...receiver, epoch });
    const place = `rsync://${username}@127.0.0.1:${tunnel.port}/${receiverDestination('uploads', root)}`;
    const slow = spawn('rsync', ['-rt', '--bwlimit=200', ...receiverTransferArgs(root), `${source}/`, place], {
      env: { ...process.env, RSYNC_PASSWORD: password },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => slow.on('close', resolve));
    const temporary = join(directory, '.syncreplica/tmp');
    await eventually(async () => (await readdir(temporary)).length === 1, 'the run writes its file');

    const first = await writer.promote(request);
    assert.deepEqual(await readdir(temporary), [], 'nothing of the run is left when the answer comes');
    assert.notEqual(await ended, 0);
    assert.deepEqual(await readdir(join(directory, 'data')), []);
    assert.deepEqual(first.promoted, { at: first.promoted?.at, by: 'kubectl-annotate', from: 'source' });
    assert.deepEqual([first.epoch, first.holder, first.lineage?.id], [2, null, 'the-claim']);
    const { leaseExpiresInMs: _, freeBytes: __, ...again } = await writer.promote({ ...request, by: 'me' });
    const { leaseExpiresInMs: ___, freeBytes: ____, ...before } = first;
    assert.deepEqual(again, before);

    const late = await runRsync(tunnel.port, ['-rt', ...receiverTransferArgs(root), `${source}/`, place]);
    assert.notEqual(late.code, 0);
    assert.match(late.output, /@ERROR: Promoted/);
    tunnel.close();
    await receiver.close();
    receiver = await startFixture({ directory });
    const client = receiver.client(await own());
    for (const refused of [
      () => client.takeLease({ ...lease('pod-a', 1), lineage: { id: 'source' } }),
      () => client.takeLease({ ...lease('pod-b', 0, true), lineage: { id: 'source' }, adopt: true }),
      () => client.rename({ epoch: 1, renames: [{ from: 'YQ', to: 'Yg' }] }),
      () => client.delete({ epoch: 2, paths: ['YQ'] }),
      () => client.undelete({ epoch: 2, id: 'mass' }),
      () => client.reportPosition({ position: { epoch: 1, sequence: 9 }, lagMs: 0 }),
    ]) {
      await assert.rejects(refused(), (error: { code: string }) => /^(Promoted|NotKept)$/.test(error.code));
    }
    assert.equal((await client.demote({ lineage: { id: 'source' }, by: 'me' })).promoted, null);
    assert.equal((await client.takeLease({ ...lease('pod-a'), lineage: { id: 'source' } })).epoch, 4);
  } finally {
    await receiver.close();
    await rm(source, { recursive: true });
    await rm(directory, { recursive: true });
  }
});

test('only its own installation promotes and demotes a volume, and only with the password', async () => {
  const receiver = await startFixture();
  try {
    const elsewhere = receiver.client();
    await assert.rejects(elsewhere.promote(request), { code: 'Forbidden' });
    await assert.rejects(elsewhere.demote(request), { code: 'Forbidden' });
    const bad = receiver.client(await own(), { username, password: 'guessed' });
    await assert.rejects(bad.promote(request), { code: 'AuthenticationFailed' });
    const client = receiver.client(await own());
    await assert.rejects(client.promote({ lineage: { id: '' }, by: 'me' }), { code: 'BadRequest' });
    assert.equal((await client.status()).promoted, null);
  } finally {
    await receiver.close();
  }
});

test('a promoted volume is read as before, by whoever takes no lease', async () => {
  const receiver = await startFixture();
  const copy = await mkdtemp(join(tmpdir(), 'promotion-read-'));
  try {
    const writer = receiver.client(await own());
    const { epoch, root } = await writer.takeLease({ ...lease('pod-a'), lineage: { id: 'source' } });
    await writeFile(join(receiver.directory, 'data', 'kept'), 'x');
    await writer.promote(request);
    const place = (port: number) => `rsync://${username}@127.0.0.1:${port}/${receiverDestination('uploads', root)}`;
    const reading = await openTunnel({ ...receiver, epoch: readingEpoch });
    const read = await runRsync(reading.port, ['-rt', place(reading.port), copy]);
    assert.equal(read.code, 0, read.output);
    assert.deepEqual(await readdir(copy), ['kept']);
    const written = await runRsync(reading.port, [
      '-rt',
      ...receiverTransferArgs(root),
      `${copy}/`,
      place(reading.port),
    ]);
    assert.notEqual(written.code, 0, 'who reads writes nothing');
    const writing = await openTunnel({ ...receiver, epoch });
    const late = await runRsync(writing.port, ['-rt', ...receiverTransferArgs(root), `${copy}/`, place(writing.port)]);
    assert.match(late.output, /@ERROR: Promoted/);
    reading.close();
    writing.close();
  } finally {
    await receiver.close();
    await rm(copy, { recursive: true });
  }
});

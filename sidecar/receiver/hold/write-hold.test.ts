import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHoldClient } from '../../protocol/hold.ts';
import { receiverDestination, receiverTransferArgs } from '../../protocol/receiver-layout.ts';
import {
  eventually,
  lease,
  makeClientTls,
  openTunnel,
  password,
  startFixture,
  testUser,
  username,
} from '../testing/receiver-fixture.ts';

const own = () => makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' });

/** A receiver, what asks it to hold, and an rsync that writes many files slowly when it is started. */
const makeScene = async () => {
  const source = await mkdtemp(join(tmpdir(), 'hold-source-'));
  const receiver = await startFixture();
  const tls = await own();
  const writer = receiver.client(tls);
  const options = { host: '127.0.0.1', port: receiver.port, tls, volume: 'uploads', user: testUser };
  const holder = createHoldClient(options);
  const { epoch, root } = await writer.takeLease({ ...lease('pod-a'), lineage: { id: 'source' } });
  const tunnel = await openTunnel({ ...receiver, epoch });
  const place = `rsync://${username}@127.0.0.1:${tunnel.port}/${receiverDestination('uploads', root)}`;
  return {
    source,
    receiver,
    writer,
    holder,
    epoch,
    data: join(receiver.directory, 'data'),
    position: { epoch, sequence: 1 },
    write(...limits: string[]): { readonly ended: Promise<number | null> } {
      const rsync = spawn('rsync', ['-rt', ...limits, ...receiverTransferArgs(root), `${source}/`, place], {
        env: { ...process.env, RSYNC_PASSWORD: password },
        stdio: 'ignore',
      });
      return { ended: new Promise((resolve) => rsync.on('close', resolve)) };
    },
    async close() {
      holder.close();
      tunnel.close();
      await receiver.close();
      await rm(source, { recursive: true });
    },
  };
};

test('while it is held neither a run nor a deletion changes anything; both are done when it is let go', async () => {
  const s = await makeScene();
  try {
    for (let n = 0; n < 200; n += 1) await writeFile(join(s.source, `file-${n}`), Buffer.alloc(32_768, n));
    const run = s.write('--bwlimit=2000');
    await eventually(async () => (await readdir(s.data)).length > 3, 'files arrive');
    const held = await s.holder.begin({ id: 'a', waitMs: 0, forMs: 30_000 });
    assert.equal(held.isCheckpoint, false);
    assert.equal((await s.writer.status()).heldSince, held.heldAt);
    const before = (await readdir(s.data)).sort();
    let isDeleted = false;
    const [first = ''] = before;
    const deletion = s.writer
      .delete({ epoch: s.epoch, paths: [Buffer.from(first, 'latin1').toString('base64url')] })
      .then(() => {
        isDeleted = true;
      });
    // The lease goes on meanwhile: its writer is not lost.
    for (let n = 0; n < 5; n += 1) {
      const renewal = await s.writer.takeLease({ ...lease('pod-a', s.epoch), lineage: { id: 'source' } });
      assert.equal(renewal.epoch, s.epoch);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.deepEqual((await readdir(s.data)).sort(), before);
    assert.equal(isDeleted, false);
    await assert.rejects(s.holder.begin({ id: 'b', waitMs: 0, forMs: 1_000 }), { code: 'Held' });
    assert.deepEqual(await s.holder.begin({ id: 'a', waitMs: 0, forMs: 1_000 }), held, 'asked again it is the same');
    assert.deepEqual(await s.holder.end({ id: 'b' }), { wasHeld: false });
    assert.deepEqual(await s.holder.end({ id: 'a' }), { wasHeld: true });
    await deletion;
    assert.equal(await run.ended, 0);
    assert.equal((await s.writer.status()).heldSince, undefined);
    assert.deepEqual(await s.holder.end({ id: 'a' }), { wasHeld: false });
  } finally {
    await s.close();
  }
});

test('it begins at the checkpoint that the writer confirms, and what came since makes it none', async () => {
  const s = await makeScene();
  try {
    await writeFile(join(s.source, 'a'), 'x');
    assert.equal(await s.write().ended, 0);
    const report = () => s.writer.reportPosition({ position: s.position, lagMs: 0 });
    const { operation = 0 } = await report();
    const asked = s.holder.begin({ id: 'a', waitMs: 20_000, forMs: 20_000 });
    await s.writer.checkpoint({ position: s.position, operation });
    assert.equal((await asked).isCheckpoint, true);
    await s.holder.end({ id: 'a' });
    assert.equal((await s.holder.begin({ id: 'b', waitMs: 0, forMs: 9_000 })).isCheckpoint, true, 'it still is one');
    await s.holder.end({ id: 'b' });

    const { operation: told = 0 } = await report();
    await writeFile(join(s.source, 'b'), 'y');
    assert.equal(await s.write().ended, 0);
    await s.writer.checkpoint({ position: s.position, operation: told });
    assert.equal((await s.holder.begin({ id: 'c', waitMs: 100, forMs: 9_000 })).isCheckpoint, false);
    await s.holder.end({ id: 'c' });
  } finally {
    await s.close();
  }
});

test('its time ends it, a promotion breaks it off, and both are told', async () => {
  const s = await makeScene();
  try {
    await s.holder.begin({ id: 'a', waitMs: 0, forMs: 50 });
    await eventually(async () => (await s.writer.status()).heldSince === undefined, 'its time is over');
    assert.deepEqual(await s.holder.end({ id: 'a' }), { wasHeld: false });
    await writeFile(join(s.source, 'big'), Buffer.alloc(4 * 1024 * 1024, 'x'));
    const run = s.write('--bwlimit=200');
    await eventually(async () => (await readdir(join(s.receiver.directory, '.syncreplica/tmp'))).length === 1, 'a run');
    await s.holder.begin({ id: 'b', waitMs: 0, forMs: 30_000 });
    await s.writer.promote({ lineage: { id: 'claim' }, by: 'test' });
    assert.notEqual(await run.ended, 0);
    assert.deepEqual(await s.holder.end({ id: 'b' }), { wasHeld: false });
  } finally {
    await s.close();
  }
});

test('only its own installation has it held, for a bounded time', async () => {
  const s = await makeScene();
  const elsewhere = createHoldClient({
    host: '127.0.0.1',
    port: s.receiver.port,
    tls: s.receiver.tls,
    volume: 'uploads',
    user: testUser,
  });
  try {
    await assert.rejects(elsewhere.begin({ id: 'a', waitMs: 0, forMs: 1_000 }), { code: 'Forbidden' });
    await assert.rejects(s.holder.begin({ id: 'a', waitMs: 0, forMs: 3_600_000 }), { code: 'BadRequest' });
  } finally {
    elsewhere.close();
    await s.close();
  }
});

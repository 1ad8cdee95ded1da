import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { receiverDestination, receiverTransferArgs } from '../protocol/receiver-layout.ts';
import { lease, openTunnel, runRsync, startFixture } from './testing/receiver-fixture.ts';

test('a writer takes the lease, sends a tree, reports its position, and reads it back', async () => {
  const source = await mkdtemp(join(tmpdir(), 'receiver-source-'));
  await mkdir(join(source, 'dir'));
  await writeFile(join(source, 'dir/file'), 'content');
  await symlink('/etc/passwd', join(source, 'absolute'));
  await symlink('../../../../etc/shadow', join(source, 'up'));
  await symlink('./a//b/../c/.', join(source, 'odd'));
  const receiver = await startFixture();
  try {
    const client = receiver.client();
    assert.equal((await client.status()).empty, true);
    const { epoch, root } = await client.takeLease(lease('pod-a'));
    assert.equal(epoch, 1);
    const tunnel = await openTunnel({ ...receiver, epoch });
    const push = await runRsync(tunnel.port, [
      '-rlptD',
      '--delete',
      ...receiverTransferArgs(root),
      `${source}/`,
      `{daemon}${receiverDestination('uploads', root)}`,
    ]);
    assert.deepEqual(push, { code: 0, output: '' });
    const data = join(receiver.directory, 'data');
    assert.equal(await readFile(join(data, 'dir/file'), 'utf8'), 'content');
    assert.equal(await readlink(join(data, 'absolute')), '/etc/passwd');
    assert.equal(await readlink(join(data, 'up')), '../../../../etc/shadow');
    assert.equal(await readlink(join(data, 'odd')), './a//b/../c/.');
    assert.deepEqual((await readdir(receiver.directory)).sort(), ['.syncreplica', 'data']);

    await client.reportPosition({ position: { epoch, sequence: 7 }, lagMs: 0, note: '{"a":1}' });
    const status = await client.status();
    assert.deepEqual(status.position, { epoch: 1, sequence: 7 });
    assert.equal(status.empty, false);
    assert.equal(status.holder, 'pod-a');
    assert.ok(status.freeBytes > 0 && status.totalBytes >= status.freeBytes && status.leaseExpiresInMs > 0);
    assert.equal((await client.takeLease(lease('pod-a', 1))).note, '{"a":1}');

    const back = await mkdtemp(join(tmpdir(), 'receiver-back-'));
    const pull = await runRsync(tunnel.port, ['-rlptD', `{daemon}${receiverDestination('uploads', root)}`, `${back}/`]);
    assert.deepEqual(pull, { code: 0, output: '' });
    assert.equal(await readlink(join(back, 'absolute')), '/etc/passwd');
    assert.equal(await readFile(join(back, 'dir/file'), 'utf8'), 'content');
    await rm(back, { recursive: true });
    tunnel.close();
  } finally {
    await receiver.close();
    await rm(source, { recursive: true });
  }
});

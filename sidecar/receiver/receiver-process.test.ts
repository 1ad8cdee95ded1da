import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueClientCertificate } from '../../src/certificates/authority.ts';
import { createControlClient } from '../protocol/connection/control-client.ts';
import { receiverDestination, receiverTransferArgs } from '../protocol/receiver-layout.ts';
import {
  eventually,
  lease,
  makeClientTls,
  makeCredentials,
  openTunnel,
  password,
  runRsync,
  testAuthority,
  testUser,
  username,
} from './testing/receiver-fixture.ts';
import { isRoot, makeReceiverHome, nobody, startReceiverProcess } from './testing/receiver-process.ts';

const uid = isRoot ? nobody : (process.getuid?.() ?? 0);

/** Processes one of whose arguments begins with the text. */
const findProcesses = async (argument: string): Promise<number[]> => {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index]?.split('\0').some((text) => text.startsWith(argument))).map(Number);
};

test('killed with -9 while a run writes, a receiver comes back with its lease and without leftovers', async () => {
  const { home, certs, volume } = await makeReceiverHome(uid);
  const source = await mkdtemp(join(tmpdir(), 'kill-'));
  await writeFile(join(source, 'big'), Buffer.alloc(8 * 1024 * 1024, 'x'));
  const tls = await makeClientTls();
  try {
    const first = await startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') });
    assert.match(String(first.ready.confinement), /landlock/);
    const client = createControlClient({ host: '127.0.0.1', port: first.port, tls, volume: 'uploads', user: testUser });
    const { epoch, root } = await client.takeLease(lease('pod-a'));
    await client.reportPosition({ position: { epoch, sequence: 11 }, lagMs: 0 });
    const tunnel = await openTunnel({ port: first.port, tls, epoch });
    const place = `rsync://${username}@127.0.0.1:${tunnel.port}/${receiverDestination('uploads', root)}`;
    const slow = spawn('rsync', ['-rt', '--bwlimit=200', ...receiverTransferArgs(root), `${source}/`, place], {
      env: { ...process.env, RSYNC_PASSWORD: password },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => slow.on('close', resolve));
    const temporary = join(volume, '.syncreplica/tmp');
    await eventually(async () => (await readdir(temporary)).length === 1, 'the run writes its file');
    // Its rsync is stopped for a while, as one that waits for a slow disk: it may still write when it goes on.
    const orphans = await findProcesses(`--config=${home}`);
    assert.ok(orphans.length > 0);
    for (const pid of orphans) process.kill(pid, 'SIGSTOP');
    assert.equal(await first.end('SIGKILL'), 'SIGKILL');
    await assert.rejects(
      startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') }),
      /VolumeBusy/,
    );
    for (const pid of orphans) process.kill(pid, 'SIGCONT');
    assert.notEqual(await ended, 0);
    client.close();
    tunnel.close();

    const second = await startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') });
    const again = createControlClient({ host: '127.0.0.1', port: second.port, tls, volume: 'uploads', user: testUser });
    await assert.rejects(again.takeLease(lease('pod-b')), { code: 'LeaseHeld' });
    const renewed = await again.takeLease(lease('pod-a', epoch));
    assert.deepEqual(renewed.position, { epoch, sequence: 11 });
    assert.deepEqual(await readdir(join(volume, 'data')), []);
    const through = await openTunnel({ port: second.port, tls, epoch });
    const push = await runRsync(through.port, [
      '-rt',
      ...receiverTransferArgs(root),
      `${source}/`,
      `{daemon}${receiverDestination('uploads', root)}`,
    ]);
    assert.deepEqual(push, { code: 0, output: '' });
    assert.deepEqual(await readdir(temporary), []);
    assert.equal((await stat(join(volume, 'data/big'))).size, 8 * 1024 * 1024);
    again.close();
    through.close();
    assert.equal(await second.end('SIGTERM'), 0);
    assert.deepEqual(await readdir(join(home, 'tmp')), [], 'no secret is left behind');
  } finally {
    await rm(home, { recursive: true });
    await rm(source, { recursive: true });
  }
});

test('an rsync that is too old, or none, is refused with what to do', async () => {
  const { home, certs, volume } = await makeReceiverHome(uid);
  try {
    const bin = join(home, 'bin');
    await mkdir(bin);
    await chmod(home, 0o755);
    await assert.rejects(
      startReceiverProcess({ directory: volume, certs }, { uid, path: bin }),
      /RsyncMissing.*install rsync 3\.5\.0/,
    );
    await writeFile(join(bin, 'rsync'), '#!/bin/sh\necho "rsync  version 3.2.7  protocol version 31"\n', {
      mode: 0o755,
    });
    await assert.rejects(
      startReceiverProcess({ directory: volume, certs }, { uid, path: bin }),
      /RsyncTooOld.*rsync 3\.2\.7 is too old.*install rsync 3\.5\.0/,
    );
  } finally {
    await rm(home, { recursive: true });
  }
});

test('a password is replaced without a refused connection: both users are good while they overlap', async () => {
  const { home, certs, volume } = await makeReceiverHome(uid);
  const receiver = await startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') });
  const tls = await makeClientTls();
  const client = createControlClient({
    host: '127.0.0.1',
    port: receiver.port,
    tls,
    volume: 'uploads',
    user: testUser,
  });
  const next = { username: 'agent-2', password: 'a successor: with a colon' };
  try {
    const { epoch, root } = await client.takeLease(lease('a'));
    const tunnel = await openTunnel({ port: receiver.port, tls, epoch });
    const codeOf = async (user?: typeof next): Promise<number | null> => {
      const to = `rsync://${user?.username ?? username}@127.0.0.1:${tunnel.port}/${receiverDestination('uploads', root)}`;
      return (await runRsync(tunnel.port, ['-r', to], { secret: user?.password })).code;
    };
    assert.deepEqual([await codeOf(), await codeOf(next)], [0, 5]);
    const lines = [`${username}:${password}\n`, `${next.username}:${next.password}\n`];
    await writeFile(join(certs, 'users'), lines.join(''));
    // Whoever connects while the files change is served, by the old ones or by the new.
    await eventually(async () => {
      assert.equal(await codeOf(), 0);
      return (await codeOf(next)) === 0;
    }, 'the new user, announced');
    for (const [name, text] of Object.entries(next)) await writeFile(join(certs, name), text);
    for (let round = 0; round < 10; round++) assert.deepEqual([await codeOf(), await codeOf(next)], [0, 0]);
    await writeFile(join(certs, 'users'), lines[1] ?? '');
    await eventually(async () => {
      assert.equal(await codeOf(next), 0);
      return (await codeOf()) === 5;
    }, 'the end of the old user');
    tunnel.close();
    assert.doesNotMatch(JSON.stringify(receiver.lines), /successor|correct horse/);
  } finally {
    client.close();
    await receiver.end('SIGTERM');
    await rm(home, { recursive: true });
  }
});

test('new credentials are read without a restart', async () => {
  const { home, certs, volume } = await makeReceiverHome(uid);
  const receiver = await startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') });
  const tls = await makeClientTls();
  const client = createControlClient({
    host: '127.0.0.1',
    port: receiver.port,
    tls,
    volume: 'uploads',
    user: testUser,
  });
  try {
    const { epoch, root } = await client.takeLease(lease('a'));
    const tunnel = await openTunnel({ port: receiver.port, tls, epoch });
    const list = () => runRsync(tunnel.port, ['-r', `{daemon}${receiverDestination('uploads', root)}`]);
    assert.equal((await list()).code, 0);
    const { cert, key } = await makeCredentials();
    await writeFile(join(certs, 'tls.crt'), cert);
    await writeFile(join(certs, 'tls.key'), key);
    await writeFile(join(certs, 'password'), 'an entirely new one');
    await eventually(() => receiver.lines.some((line) => line.message === 'credentials reloaded'), 'the reload');
    assert.equal((await list()).code, 5);
    await writeFile(join(certs, 'tls.key'), 'broken');
    await eventually(() => receiver.lines.some((line) => line.message === 'credentials not reloaded'), 'the refusal');
    const fresh = { ca: tls.ca, ...(await issueClientCertificate(await testAuthority(), { volumes: ['uploads'] })) };
    const other = createControlClient({
      host: '127.0.0.1',
      port: receiver.port,
      tls: fresh,
      volume: 'uploads',
      user: testUser,
    });
    assert.equal((await other.status()).holder, 'a');
    other.close();
    tunnel.close();
    assert.doesNotMatch(JSON.stringify(receiver.lines), /entirely new|correct horse|PRIVATE/);
  } finally {
    client.close();
    await receiver.end('SIGTERM');
    await rm(home, { recursive: true });
  }
});

test('a full disk is the client’s error, the lease still changes hands, and it goes on when there is room', {
  skip: !isRoot && 'needs root to mount',
}, async () => {
  const { home, certs, volume } = await makeReceiverHome(uid);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=4m,uid=${uid},mode=755`, 'tmpfs', volume]);
  assert.equal(mounted.status, 0, String(mounted.stderr));
  const source = await mkdtemp(join(tmpdir(), 'full-'));
  const receiver = await startReceiverProcess({ directory: volume, certs }, { uid, tmp: join(home, 'tmp') });
  const tls = await makeClientTls();
  const client = createControlClient({
    host: '127.0.0.1',
    port: receiver.port,
    tls,
    volume: 'uploads',
    user: testUser,
  });
  try {
    await writeFile(join(source, 'small'), 'fits');
    await writeFile(join(source, 'too-big'), Buffer.alloc(8 * 1024 * 1024, 'x'));
    const first = await client.takeLease(lease('a'));
    const push = async (epoch: number) => {
      const tunnel = await openTunnel({ port: receiver.port, tls, epoch });
      const result = await runRsync(tunnel.port, [
        '-rt',
        '--delete',
        ...receiverTransferArgs(first.root),
        `${source}/`,
        `{daemon}${receiverDestination('uploads', first.root)}`,
      ]);
      tunnel.close();
      return result;
    };
    const full = await push(first.epoch);
    assert.equal(full.code, 11, full.output);
    assert.match(full.output, /No space left on device/);
    // Fill what is left: the ballast must make room for the lease.
    spawnSync('dd', ['if=/dev/zero', `of=${join(volume, 'data/fill')}`, 'bs=4k']);
    const second = await client.takeLease(lease('b', 0, true));
    assert.equal(second.epoch, 2);
    assert.equal(JSON.parse(await readFile(join(volume, '.syncreplica/lease.json'), 'utf8')).holder, 'b');
    await rm(join(source, 'too-big'));
    const after = await push(second.epoch);
    assert.equal(after.code, 0, after.output);
    assert.deepEqual(await readdir(join(volume, 'data')), ['small']);
    await client.reportPosition({ position: { epoch: 2, sequence: 1 }, lagMs: 0 });
  } finally {
    client.close();
    await receiver.end('SIGTERM');
    spawnSync('umount', [volume]);
    await rm(home, { recursive: true });
    await rm(source, { recursive: true });
  }
});

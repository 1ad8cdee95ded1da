import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connectReceiver } from '../../protocol/connection/tls-connect.ts';
import { alpnRsync, readingEpoch, rsyncPreamble } from '../../protocol/control.ts';
import { receiverDestination } from '../../protocol/receiver-layout.ts';
import { lease, openTunnel, runRsync, startFixture } from '../testing/receiver-fixture.ts';
import { createRsyncdFiles } from './rsyncd-files.ts';

const base = await mkdtemp(join(tmpdir(), 'rsyncd-files-'));
process.env.TMPDIR = base;
after(() => rmSync(base, { recursive: true }));

const runtimeDirectories = (): string[] =>
  readdirSync(base)
    .filter((name) => name.startsWith('syncreplica-receiver-'))
    .map((name) => join(base, name));

const usersOf = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ username: `user-${index}`, password: `of ${count}` }));

test('what is written at once is what was asked for last, and whole', async () => {
  const files = await createRsyncdFiles(join(base, 'volume'));
  for (let round = 0; round < 20; round++) {
    await Promise.all([20_000, 1].map((count) => files.write(usersOf(count), (secrets) => secrets)));
    assert.ok(readFileSync(files.secrets, 'utf8') === 'user-0:of 1\n', `round ${round}`);
    assert.equal(readFileSync(files.config, 'utf8'), files.secrets);
  }
  await files.close();
});

test('a receiver whose temporary files were removed serves the next writer', async (t) => {
  const receiver = await startFixture();
  t.after(() => receiver.close());
  const client = receiver.client();
  await client.takeLease(lease('a'));
  for (const left of runtimeDirectories()) rmSync(left, { recursive: true });
  const { epoch, root } = await client.takeLease(lease('a'));
  const tunnel = await openTunnel({ ...receiver, epoch });
  const listed = await runRsync(tunnel.port, [`{daemon}${receiverDestination('uploads', root)}`]);
  assert.equal(listed.code, 0, listed.output);
  tunnel.close();
});

test('a reader for whom nothing can be written down ends nothing but its connection', {
  timeout: 60_000,
}, async (t) => {
  const receiver = await startFixture();
  t.after(() => receiver.close());
  const [own = ''] = runtimeDirectories();
  rmSync(own, { recursive: true });
  writeFileSync(own, 'in the way');
  const socket = await connectReceiver({ host: '127.0.0.1', port: receiver.port, tls: receiver.tls, alpn: alpnRsync });
  const closed = new Promise<void>((resolve) => socket.on('error', () => {}).on('close', () => resolve()));
  socket.write(rsyncPreamble('uploads', readingEpoch));
  socket.resume();
  await closed;
  assert.equal((await receiver.client().status()).epoch, 0);
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connect } from 'node:tls';
import type { TlsMaterial } from '../../../src/api/settings/replication-settings.ts';
import {
  createAuthority,
  issueClientCertificate,
  issueServerCertificate,
} from '../../../src/certificates/authority.ts';
import { errorCode } from '../../../src/process/failure.ts';
import { everyAddress } from '../../../src/process/system/every-address.ts';
import { createControlClient } from '../../protocol/connection/control-client.ts';
import { connectReceiver } from '../../protocol/connection/tls-connect.ts';
import { alpnControl, alpnRsync, rsyncPreamble } from '../../protocol/control.ts';
import { receiverDestination, receiverTransferArgs } from '../../protocol/receiver-layout.ts';
import {
  type Fixture,
  lease,
  makeClientTls,
  makeCredentials,
  openTunnel,
  runRsync,
  startFixture,
  testAuthority,
} from '../testing/receiver-fixture.ts';

let receiver: Fixture;
before(async () => {
  receiver = await startFixture({ volume: 'uploads' });
});
after(() => receiver.close());

const hour = 3_600_000;

/** What the two protocols answer to a client with this certificate. */
const answers = async (tls: TlsMaterial, volume = 'uploads'): Promise<{ control: string; rsync: string }> => {
  const client = createControlClient({ host: '127.0.0.1', port: receiver.port, tls, volume });
  const control = await client.status().then(
    () => 'ok',
    (error: unknown) => errorCode(error),
  );
  client.close();
  const socket = await connectReceiver({ host: '127.0.0.1', port: receiver.port, tls, alpn: alpnRsync });
  socket.on('error', () => {});
  socket.write(rsyncPreamble(volume, 1));
  let text = '';
  socket.setEncoding('latin1').on('data', (data: string) => {
    text += data;
  });
  await once(socket, 'close');
  return { control, rsync: text.split(' ').slice(0, 2).join(' ') };
};

test('a certificate of another authority gets nowhere', async () => {
  const ca = await testAuthority();
  const other = await createAuthority({ name: 'other' });
  const tls = { ca: ca.cert, ...(await issueClientCertificate(other, { volumes: ['uploads'] })) };
  assert.deepEqual(await answers(tls), { control: 'Forbidden', rsync: '@ERROR: Forbidden' });
});

test('an expired certificate gets nowhere', async () => {
  const ca = await testAuthority();
  const issued = await issueClientCertificate(ca, {
    volumes: ['uploads'],
    nowMs: Date.now() - 3 * hour,
    validForMs: hour,
  });
  assert.deepEqual(await answers({ ca: ca.cert, ...issued }), { control: 'Forbidden', rsync: '@ERROR: Forbidden' });
});

test('a certificate of another volume gets nowhere, by its own name or by this one', async () => {
  const tls = await makeClientTls(['photos']);
  assert.deepEqual(await answers(tls), { control: 'Forbidden', rsync: '@ERROR: Forbidden' });
  assert.deepEqual(await answers(tls, 'photos'), { control: 'UnknownVolume', rsync: '@ERROR: UnknownVolume' });
});

test('a server’s certificate does not serve as a client’s', async () => {
  const ca = await testAuthority();
  const tls = { ca: ca.cert, ...(await issueServerCertificate(ca, { names: ['localhost'] })) };
  assert.deepEqual(await answers(tls), { control: 'Forbidden', rsync: '@ERROR: Forbidden' });
});

test('without a client certificate, with TLS 1.2 or another protocol there is no connection', async () => {
  const ca = (await testAuthority()).cert;
  const attempt = async (options: object): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port: receiver.port, ca, ALPNProtocols: [alpnControl], ...options });
    let text = '';
    socket.setEncoding('latin1').on('data', (data: string) => {
      text += data;
    });
    const [error] = await Promise.race([once(socket, 'close').then(() => [undefined]), once(socket, 'error')]);
    socket.destroy();
    return error instanceof Error ? errorCode(error) : text;
  };
  assert.match(await attempt({}), /^HTTP\/1\.1 403 .*no client certificate/s);
  const tls = await makeClientTls();
  assert.equal(await attempt({ ...tls, maxVersion: 'TLSv1.2' }), 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION');
  assert.equal(await attempt({ ...tls, ALPNProtocols: ['h2'] }), 'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL');
  assert.equal(await attempt({ ...tls, ALPNProtocols: undefined }), '');
});

test('the client says why it could not connect', async () => {
  const tls = await makeClientTls();
  const other = await createAuthority({ name: 'other' });
  const to = (options: object) =>
    connectReceiver({ host: '127.0.0.1', port: receiver.port, tls, alpn: alpnControl, ...options });
  await assert.rejects(to({ port: 1 }), { code: 'TargetUnreachable' });
  await assert.rejects(to({ tls: { ...tls, ca: other.cert } }), { code: 'CertificateInvalid' });
  await assert.rejects(to({ tls: { ...tls, servername: 'elsewhere' } }), { code: 'CertificateInvalid' });
  await assert.rejects(to({ tls: { ...tls, key: 'no key' } }), { code: 'CertificateInvalid' });
  await assert.rejects(to({ alpn: 'h2' }), { code: 'Refused' });
  await assert.rejects(to({ port: receiver.metricsPort }), { code: 'Refused' });
  const socket = await to({ tls: { ...tls, servername: 'localhost' } });
  socket.destroy();
});

test('a resumed session is judged like a first one', async () => {
  const tls = await makeClientTls();
  for (let round = 0; round < 3; round++) {
    const client = createControlClient({ host: '127.0.0.1', port: receiver.port, tls, volume: 'uploads' });
    assert.equal((await client.status()).volume, 'uploads');
    client.close();
  }
  const socket = await connectReceiver({ host: '127.0.0.1', port: receiver.port, tls, alpn: alpnControl });
  assert.equal(socket.isSessionReused(), true);
  socket.destroy();
  const foreign = await makeClientTls(['photos']);
  for (let round = 0; round < 3; round++) assert.equal((await answers(foreign)).control, 'Forbidden');
});

test('hosts that are denied are not even shaken hands with; refusals are counted by reason', async () => {
  const closed = await startFixture({ hosts: { allow: ['10.0.0.0/8'], deny: [] } });
  try {
    const socket = connectPlain(closed.port, '127.0.0.1');
    socket.on('error', () => {});
    await once(socket, 'close');
    await assert.rejects(closed.client().status(), { code: 'TargetUnreachable' });
    const metrics = await (await fetch(`http://127.0.0.1:${closed.metricsPort}/metrics`)).text();
    assert.match(metrics, /syncreplica_receiver_refused_total\{reason="hosts"\} 2/);
    assert.match(metrics, /syncreplica_receiver_refused_total\{reason="epoch"\} 0/);
  } finally {
    await closed.close();
  }
});

test('on every address IPv4 is judged as IPv4, and IPv6 is answered too', async () => {
  const open = await startFixture({ host: everyAddress(), hosts: { allow: ['127.0.0.0/8', '::1'], deny: [] } });
  const strict = await startFixture({ host: everyAddress(), hosts: { allow: ['127.0.0.1'], deny: [] } });
  try {
    assert.equal((await open.client().status()).volume, 'uploads');
    assert.equal((await strict.client().status()).volume, 'uploads');
    if (everyAddress() !== '::') return;
    const tls = { ...(await makeClientTls()), servername: 'localhost' };
    const over6 = createControlClient({ host: '::1', port: open.port, tls, volume: 'uploads' });
    assert.equal((await over6.status()).volume, 'uploads');
    over6.close();
    const refused = createControlClient({ host: '::1', port: strict.port, tls, volume: 'uploads' });
    await assert.rejects(refused.status(), { code: 'TargetUnreachable' });
    refused.close();
  } finally {
    await open.close();
    await strict.close();
  }
});

test('a read-only receiver is read from, not written to', async () => {
  const readOnly = await startFixture({ readOnly: true });
  try {
    const client = readOnly.client();
    const { epoch, root } = await client.takeLease(lease('reader'));
    const tunnel = await openTunnel({ ...readOnly, epoch });
    const place = `{daemon}${receiverDestination('uploads', root)}`;
    assert.equal((await runRsync(tunnel.port, ['-r', place])).code, 0);
    const push = await runRsync(tunnel.port, ['-r', ...receiverTransferArgs(root), `${import.meta.dirname}/`, place]);
    assert.notEqual(push.code, 0);
    assert.match(push.output, /read only/);
    await assert.rejects(client.rename({ epoch, renames: [] }), { code: 'Forbidden' });
    assert.equal((await client.status()).empty, true);
    tunnel.close();
  } finally {
    await readOnly.close();
  }
});

test('a directory whose name has per cents is served as any other', async (t) => {
  const base = mkdtempSync(join(tmpdir(), 'receiver-test-'));
  const directory = join(base, '50% of 100%%');
  mkdirSync(directory);
  const fixture = await startFixture({ directory });
  t.after(async () => {
    await fixture.close();
    rmSync(base, { recursive: true });
  });
  const { epoch, root } = await fixture.client().takeLease(lease('a'));
  const tunnel = await openTunnel({ ...fixture, epoch });
  const { code, output } = await runRsync(tunnel.port, [`{daemon}${receiverDestination('uploads', root)}`]);
  tunnel.close();
  assert.equal(code, 0, output);
});

test('modules are listed only where that is asked for', async () => {
  for (const list of [false, true]) {
    const fixture = await startFixture({ list, comment: 'pictures; 100% of # them' });
    try {
      const { epoch } = await fixture.client().takeLease(lease('a'));
      const tunnel = await openTunnel({ ...fixture, epoch });
      const { code, output } = await runRsync(tunnel.port, ['{daemon}']);
      assert.equal(code, 0);
      assert.equal(/^uploads\s+pictures; 100% of # them$/m.test(output), list, output);
      assert.equal(output.includes('uploads'), list);
      tunnel.close();
    } finally {
      await fixture.close();
    }
  }
});

test('requests that make no sense are refused with a reason', async () => {
  const client = receiver.client();
  const bad = [
    client.takeLease({ holder: '', epoch: 0, controllerEpoch: 0, takeOver: false }),
    client.takeLease({ holder: 'a', epoch: -1, controllerEpoch: 0, takeOver: false }),
    client.takeLease({ holder: 'a'.repeat(301), epoch: 0, controllerEpoch: 0, takeOver: false }),
    client.reportPosition({ position: { epoch: 1, sequence: 1.5 }, lagMs: 0 }),
    client.reportPosition({ position: { epoch: 1, sequence: 1 }, lagMs: 0, note: 'x'.repeat(4_097) }),
    client.rename({ epoch: 1, renames: 'x' as never }),
  ];
  for (const request of bad) await assert.rejects(request, { code: 'BadRequest' });
  await assert.rejects(client.rename({ epoch: 1, renames: [{ from: 'x'.repeat(5_000_000), to: '' }] }));
});

test('options that can not work are refused at the start', async () => {
  const credentials = await makeCredentials();
  await assert.rejects(startFixture({ volume: 'a/b' }), { code: 'VolumeNameInvalid' });
  await assert.rejects(startFixture({ credentials: { ...credentials, password: 'short' } }), {
    code: 'CredentialsInvalid',
  });
  await assert.rejects(startFixture({ credentials: { ...credentials, key: 'x' } }), { code: 'CredentialsInvalid' });
  await assert.rejects(startFixture({ credentials: { directory: '/nonexistent' } }), { code: 'CredentialsInvalid' });
  await assert.rejects(startFixture({ hosts: { allow: ['x'], deny: [] } }), { code: 'HostsInvalid' });
  await assert.rejects(startFixture({ port: receiver.port }), { code: 'ListenFailed' });
  await assert.rejects(startFixture({ directory: '/dev/null/nothing' }), { code: 'VolumeUnusable' });
  await assert.rejects(startFixture({ directory: receiver.directory }), { code: 'VolumeBusy' });
});

test('a certificate without the password, or with a wrong one, gets status and nothing else; both are good while they change', async () => {
  const users = [
    { username: 'agent', password: 'the old password' },
    { username: 'agent', password: 'the new password' },
  ];
  const fixture = await startFixture({ credentials: { ...(await makeCredentials()), users } });
  const as = (password: string | undefined) =>
    createControlClient({
      host: '127.0.0.1',
      port: fixture.port,
      tls: fixture.tls,
      volume: 'uploads',
      ...(password === undefined ? {} : { user: { username: 'agent', password } }),
    });
  try {
    for (const password of [undefined, '', 'the other password', 'the old passwor']) {
      const client = as(password);
      for (const ask of [
        () => client.takeLease(lease('a')),
        () => client.releaseLease(1),
        () => client.rename({ epoch: 1, renames: [] }),
        () => client.delete({ epoch: 1, paths: [] }),
        () => client.listKept(),
        () => client.undelete({ epoch: 1, id: 'm' }),
        () => client.appendHookLines({ epoch: 1, hook: 'a', lines: ['{}'], maxBytes: 4_096, keep: 1 }),
        () => client.reportPosition({ position: { epoch: 1, sequence: 1 }, lagMs: 0 }),
      ]) {
        await assert.rejects(ask(), { code: 'AuthenticationFailed' });
      }
      assert.equal((await client.status()).epoch, 0);
      client.close();
    }
    for (const password of ['the old password', 'the new password']) {
      const client = as(password);
      await client.takeLease(lease('a'));
      client.close();
    }
  } finally {
    await fixture.close();
  }
});

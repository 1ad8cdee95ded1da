import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { issueHistoryCertificate } from '../../../../src/certificates/authority.ts';
import { createHistoryClient } from '../../../protocol/connection/history-client.ts';
import { unpackPast } from '../../../protocol/entries/unpack-past.ts';
import { coded, startScene } from '../../testing/history-scene.ts';
import { lease, openTunnel, runRsync, testAuthority } from '../../testing/receiver-fixture.ts';

const makeReader = async (volumes: readonly string[], validForMs = 3_600_000) => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ca = await testAuthority();
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  return {
    ca: ca.cert,
    cert: await issueHistoryCertificate(ca, { publicKey: spki, volumes, validForMs }),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
};

test('a reader’s certificate alone reads the past of its volumes, and does nothing else', async (context) => {
  const s = await startScene(context);
  await s.write('letter', 'as it was');
  const { at } = await s.checkpoint('before');
  await s.write('letter', 'the mistake');
  const tls = await makeReader(['uploads']);
  const { port } = s.receiver;
  const client = createHistoryClient({ host: '127.0.0.1', port, tls, volume: 'uploads' });
  const folder = mkdtempSync(join(tmpdir(), 'read-past-'));
  context.after(() => {
    client.close();
    rmSync(folder, { recursive: true });
  });
  const wish = { at, checkpoint: true };
  assert.equal((await client.describe()).moments.filter(({ checkpoint }) => checkpoint).length, 1);
  assert.equal((await client.log({ path: coded('letter'), below: false, limit: 9 })).events.length, 2);
  assert.ok((await client.diff({ ...wish, path: '', limit: 9 })).differences.some(({ what }) => what === 'changed'));
  await unpackPast(await client.read({ ...wish, paths: [coded('letter')] }), join(folder, 'found'));
  assert.equal(readFileSync(join(folder, 'found/letter'), 'utf8'), 'as it was');

  const forbidden = { code: 'Forbidden' };
  await assert.rejects(client.rollBack({ ...wish, by: 'reader' }), forbidden);
  await assert.rejects(client.resume({ by: 'reader' }), forbidden);
  // Neither with the password, which it needs for nothing.
  const writer = s.receiver.client(tls);
  await assert.rejects(writer.takeLease(lease('reader')), forbidden);
  await assert.rejects(writer.delete({ epoch: s.epoch, paths: [coded('letter')] }), forbidden);
  await assert.rejects(writer.promote({ by: 'reader', lineage: { id: 'reader' } }), forbidden);
  await assert.rejects(writer.status(), forbidden);
  const tunnel = await openTunnel({ port, tls, epoch: s.epoch });
  const { code, output } = await runRsync(tunnel.port, ['{daemon}uploads/']);
  tunnel.close();
  assert.notEqual(code, 0);
  assert.match(output, /Forbidden/);
});

test('it is refused for another volume, and once its time is over', async (context) => {
  const s = await startScene(context);
  const { port } = s.receiver;
  const ask = async (tls: Awaited<ReturnType<typeof makeReader>>): Promise<unknown> => {
    const client = createHistoryClient({ host: '127.0.0.1', port, tls, volume: 'uploads' });
    return client.describe().finally(() => client.close());
  };
  await assert.rejects(ask(await makeReader(['letters'])), { code: 'Forbidden' });
  // Its clock is the test's, which stands long before.
  const over = await makeReader(['uploads'], -60_000);
  await assert.rejects(ask(over), { code: 'Forbidden' });
  await assert.rejects(
    makeReader(['uploads']).then(({ ca }) =>
      issueHistoryCertificate({ cert: ca, key: '' }, { publicKey: 'x', volumes: [] }),
    ),
    {
      code: 'PublicKeyInvalid',
    },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { issueOperatorCertificate } from '../../../src/certificates/authority.ts';
import { lease, openTunnel, runRsync, startFixture, testAuthority } from '../testing/receiver-fixture.ts';

test('the operator’s certificate reads what a receiver knows, with what agents handed over, and writes nothing', async () => {
  const receiver = await startFixture({ volume: 'uploads' });
  const ca = await testAuthority();
  const tls = { ca: ca.cert, ...(await issueOperatorCertificate(ca)) };
  try {
    const client = receiver.client(tls);
    assert.deepEqual((await client.status()).agents, []);
    await assert.rejects(client.takeLease(lease('operator')), { code: 'Forbidden' });
    await assert.rejects(client.promote({ by: 'operator', lineage: { id: 'operator' } }), { code: 'Forbidden' });
    await assert.rejects(client.listKept(), { code: 'Forbidden' });
    const tunnel = await openTunnel({ port: receiver.port, tls, epoch: 1 });
    const { code, output } = await runRsync(tunnel.port, ['{daemon}uploads/']);
    tunnel.close();
    assert.notEqual(code, 0);
    assert.match(output, /Forbidden/);
  } finally {
    await receiver.close();
  }
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { createAuthority, issueServerCertificate } from '../certificates/authority.ts';
import { connect } from './connection.ts';

test('an API server behind another address is known by the name that the kubeconfig says', async (t) => {
  const authority = await createAuthority({ name: 'cluster' });
  const pair = await issueServerCertificate(authority, { names: ['kubernetes.example.com'] });
  const server = createServer(pair, (_, response) => response.end('{"kind":"Status"}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const ask = async (more: object): Promise<unknown> => {
    const config = new KubeConfig();
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const caData = Buffer.from(authority.cert).toString('base64');
    config.loadFromClusterAndUser(
      { name: 'there', server: address, caData, skipTLSVerify: false, ...more },
      { name: 'me' },
    );
    const connection = connect(config);
    try {
      return await connection.send({ method: 'GET', path: '/api', what: 'get api' });
    } finally {
      connection.close();
    }
  };
  await assert.rejects(ask({}));
  assert.deepEqual(await ask({ tlsServerName: 'kubernetes.example.com' }), { kind: 'Status' });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { startProbeServer } from '../process/http-server.ts';
import { createMetricsRegistry } from '../process/metrics/metrics-registry.ts';
import { createAuthority, issueServerCertificate } from './authority.ts';

test('with a certificate one port answers probes in the clear and metrics over TLS, with the newest certificate', async () => {
  const names = ['localhost'];
  const authority = await createAuthority({ name: 'test' });
  const issue = () => issueServerCertificate(authority, { names });
  let pair = await issue();
  const metrics = createMetricsRegistry();
  metrics.counter({ name: 'things_total', help: '.' }).inc(3);
  const server = await startProbeServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    tls: () => pair,
    health: () => ({ ok: true }),
    ready: () => ({ ok: false }),
    pages: { '/page': () => ({}) },
  });
  const plain = async (path: string) => (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;
  const secure = (path: string) =>
    new Promise<{ text: string; serial: string }>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, servername: 'localhost', path, ca: authority.cert };
      get({ ...options, agent: false }, async (response) => {
        const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ text, serial });
      }).on('error', reject);
    });
  try {
    assert.deepEqual(
      [await plain('/healthz'), await plain('/readyz'), await plain('/metrics'), await plain('/page')],
      [200, 503, 403, 403],
    );
    const first = await secure('/metrics');
    assert.match(first.text, /^things_total 3$/m);
    pair = await issue();
    assert.notEqual((await secure('/metrics')).serial, first.serial);
    // Who says nothing holds nothing up.
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    assert.equal(await plain('/healthz'), 200);
  } finally {
    await server.close();
  }
});

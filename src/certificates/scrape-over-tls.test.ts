import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { startProbeServer } from '../process/http-server.ts';
import { createMetricsRegistry } from '../process/metrics/metrics-registry.ts';
import { createAuthority, issueServerCertificate } from './authority.ts';

test('with a certificate one port answers probes in the clear and metrics over TLS, with the newest certificate that can be read', async () => {
  const names = ['localhost'];
  const authority = await createAuthority({ name: 'test' });
  const issue = () => issueServerCertificate(authority, { names });
  const first = await issue();
  let read = (): Awaited<ReturnType<typeof issue>> => {
    throw new Error('there is no file');
  };
  const metrics = createMetricsRegistry();
  metrics.counter({ name: 'things_total', help: '.' }).inc(3);
  const server = await startProbeServer({
    host: '127.0.0.1',
    port: 0,
    metrics,
    tls: () => read(),
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
    await assert.rejects(secure('/metrics'), 'without a certificate there is no TLS');
    read = () => first;
    const scraped = await secure('/metrics');
    assert.match(scraped.text, /^things_total 3$/m);
    const next = await issue();
    read = () => next;
    const { serial } = await secure('/metrics');
    assert.notEqual(serial, scraped.serial);
    // One that is replaced while it is read, and none at all: the last good one goes on.
    read = () => ({ cert: first.cert, key: next.key });
    assert.equal((await secure('/metrics')).serial, serial);
    read = () => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    };
    assert.equal((await secure('/metrics')).serial, serial);
    // Who says nothing holds nothing up.
    const silent = connect(server.port, '127.0.0.1');
    await once(silent, 'connect');
    assert.equal(await plain('/healthz'), 200);
  } finally {
    await server.close();
  }
});

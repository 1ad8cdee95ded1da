import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import { test } from 'node:test';
import { startProbeServer } from '../http-server.ts';
import { createMetricsRegistry } from '../metrics/metrics-registry.ts';
import { everyAddress } from './every-address.ts';

const hasIpv6 = networkInterfaces().lo?.some(({ address }) => address === '::1') ?? false;

test('what listens on every address is reached by IPv4 and, where there is any, by IPv6', async (t) => {
  const server = await startProbeServer({
    host: everyAddress(),
    port: 0,
    metrics: createMetricsRegistry(),
    health: () => ({ ok: true }),
    ready: () => ({ ok: true }),
  });
  t.after(() => server.close());
  for (const host of hasIpv6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1'])
    assert.equal((await fetch(`http://${host}:${server.port}/healthz`)).status, 200, host);
});

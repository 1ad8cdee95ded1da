import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { Tunnel } from './tunnel.ts';

test('a connection that says nothing keeps a tunnel from nothing', { timeout: 600_000 }, async () => {
  const tunnel = new Tunnel();
  await tunnel.listen();
  const { proxy } = tunnel.issue(() => Promise.reject(new Error('not dialed')));
  const silent = net.connect({ host: '127.0.0.1', port: Number(proxy.split(':').at(-1)) });
  silent.on('error', () => {});
  const closed = new Promise((resolve) => silent.on('close', resolve));
  await once(silent, 'connect');
  silent.write('CONN');
  await tunnel.close();
  await closed;
  assert.ok(silent.destroyed);
});

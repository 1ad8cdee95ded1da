import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { test } from 'node:test';
import { Tunnel } from './tunnel.ts';

test('a connection that says nothing keeps a tunnel from nothing', { timeout: 180_000 }, async () => {
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

test('a connection that broke as soon as it was made ends the process that asked for it, and nothing else', {
  timeout: 180_000,
}, async (t) => {
  const tunnel = new Tunnel();
  await tunnel.listen();
  t.after(() => tunnel.close());
  const { proxy } = tunnel.issue(async () => new net.Socket().destroy());
  const [user = '', port] = proxy.split('@127.0.0.1:');
  const asking = net.connect({ host: '127.0.0.1', port: Number(port) });
  asking.on('error', () => {}).resume();
  const head = `proxy-authorization: basic ${Buffer.from(user).toString('base64')}`;
  asking.write(`CONNECT receiver:873 HTTP/1.0\r\n${head}\r\n\r\n`);
  await once(asking, 'close');
});

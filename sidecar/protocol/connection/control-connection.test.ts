import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { makeClientTls, makeCredentials } from '../../receiver/testing/receiver-fixture.ts';
import { alpnControl } from '../control.ts';
import { createControlClient } from './control-client.ts';

/** What takes connections as a receiver does, and never answers. */
async function startSilentReceiver(
  t: TestContext,
): Promise<{ port: number; untilSeveral(): Promise<void>; stop(): void }> {
  const { cert, key } = await makeCredentials();
  const server = createServer({ cert, key, ALPNProtocols: [alpnControl] });
  const sockets = new Set<TLSSocket>();
  let isStopped = false;
  server.on('secureConnection', (socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.resume();
    if (isStopped) socket.destroy();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = (): void => {
    isStopped = true;
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  t.after(stop);
  const untilSeveral = async (): Promise<void> => {
    while (sockets.size < several) await once(server, 'secureConnection');
  };
  return { port: (server.address() as AddressInfo).port, untilSeveral, stop };
}

const several = 4;

test('each of many requests ends when all connections break and no new one comes', { timeout: 180_000 }, async (t) => {
  const silent = await startSilentReceiver(t);
  const client = createControlClient({ host: '127.0.0.1', port: silent.port, tls: await makeClientTls(), volume: 'a' });
  t.after(() => client.close());
  const copySeveral = () => Array.from({ length: several }, () => client.copy({ epoch: 1, copies: [] }));
  const first = copySeveral();
  await silent.untilSeveral();
  const ended = Promise.allSettled([...first, ...copySeveral(), ...copySeveral()]);
  silent.stop();
  for (const one of await ended) {
    assert.equal(one.status, 'rejected');
    assert.equal(one.reason.code, 'TargetUnreachable');
  }
});

test('what is under way ends at once when its client is closed', { timeout: 180_000 }, async (t) => {
  const silent = await startSilentReceiver(t);
  const client = createControlClient({ host: '127.0.0.1', port: silent.port, tls: await makeClientTls(), volume: 'a' });
  const copySeveral = () => Array.from({ length: several }, () => client.copy({ epoch: 1, copies: [] }));
  const first = copySeveral();
  await silent.untilSeveral();
  const ended = Promise.allSettled([...first, ...copySeveral(), ...copySeveral()]);
  client.close();
  for (const one of await ended) assert.equal(one.status, 'rejected');
  await assert.rejects(client.status(), { code: 'TargetUnreachable' });
});

test('what takes the longer the more it is has ten times as long for its answer', async (t) => {
  const address = { host: 'nowhere', port: 1, tls: await makeClientTls(), open: () => new Promise<never>(() => {}) };
  const client = createControlClient({ ...address, volume: 'a', timeoutMs: 100 });
  t.after(() => client.close());
  const begun = performance.now();
  const asked = [
    client.rename({ epoch: 1, renames: [] }),
    client.delete({ epoch: 1, paths: [] }),
    client.writeSmallFiles({ epoch: 1, files: [], directories: [] }),
    client.undelete({ epoch: 1, id: '' }),
    client.list({ epoch: 1, directories: [] }),
    client.hash({ epoch: 1, pieces: [] }),
  ];
  const ended = asked.map(async (one) => {
    await assert.rejects(one, { code: 'TargetUnreachable' });
    return performance.now() - begun;
  });
  for (const ms of await Promise.all(ended)) assert.ok(ms >= 990, `it ended after ${ms} ms`);
});

for (const [what, end] of [
  ['its time is over', () => {}],
  ['its client is closed', (client: { close(): void }) => client.close()],
] as const)
  test(`a request whose connection never comes ends when ${what}`, { timeout: 180_000 }, async () => {
    const client = createControlClient({
      host: 'nowhere',
      port: 1,
      tls: await makeClientTls(),
      volume: 'a',
      timeoutMs: 50,
      open: () => new Promise(() => {}),
    });
    const asked = client.status();
    end(client);
    await assert.rejects(asked, { code: 'TargetUnreachable' });
    client.close();
  });

test('what is asked on a kept connection as its client is closed ends with an error, once', async (t) => {
  const { cert, key } = await makeCredentials();
  const server = createServer({ cert, key, ALPNProtocols: [alpnControl] }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 14\r\n\r\n{"results":[]}'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const client = createControlClient({ host: '127.0.0.1', port, tls: await makeClientTls(), volume: 'a' });
  await client.delete({ epoch: 1, paths: [] });
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  const asked = client.delete({ epoch: 1, paths: [] });
  client.close();
  await assert.rejects(asked, { code: 'TargetUnreachable' });
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(unhandled, []);
});

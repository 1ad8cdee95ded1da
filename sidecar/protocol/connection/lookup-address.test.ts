import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { test } from 'node:test';
import { createLookup } from './lookup-address.ts';

const host = 'receiver.test';
const here = [{ address: '127.0.0.1', family: 4 }];

test('connections go to the last address while the name service fails or hangs', { timeout: 600_000 }, async () => {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let questions = 0;
  const moods = {
    works: async () => here,
    fails: () => Promise.reject(new Error('EAI_AGAIN')),
    hangs: () => new Promise<never>(() => {}),
  };
  let mood: keyof typeof moods = 'fails';
  const lookup = createLookup((asked) => {
    assert.equal(asked, host);
    questions++;
    return moods[mood]();
  });
  const reach = async (): Promise<void> => {
    const socket = connect({ host, port, lookup });
    await once(socket, 'connect');
    socket.on('error', () => {}).destroy();
  };
  await assert.rejects(reach(), /EAI_AGAIN/, 'there is nothing to go by yet');
  for (mood of ['works', 'fails', 'hangs'] as const) await reach();
  const before = questions;
  await Promise.all([reach(), reach(), reach()]);
  assert.equal(questions, before, 'the question that hangs is not asked again beside itself');
  server.close();
});

test('an answer that comes too late for one connection is there for the next', { timeout: 600_000 }, async () => {
  const late = Promise.withResolvers<typeof here>();
  const lookup = createLookup(() => late.promise);
  const addressOf = (): Promise<unknown> =>
    new Promise((resolve) => lookup(host, {}, (error, address) => resolve(error ?? address)));
  const first = addressOf();
  late.resolve(here);
  assert.equal(await first, '127.0.0.1');
  assert.equal(await addressOf(), '127.0.0.1');
});

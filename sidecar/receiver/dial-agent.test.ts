import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { silentLogger } from '../../src/process/log/logger.ts';
import { dialAgent } from './dial-agent.ts';

test('an agent is dialed once there is room again, although others had taken all of it', {
  timeout: 60_000,
}, async (t) => {
  const agent = createServer((socket) => socket.on('error', () => {}));
  agent.listen(0, '127.0.0.1');
  await once(agent, 'listening');
  let asked = 0;
  const full = Promise.withResolvers<void>();
  const hasRoom = (): boolean => {
    asked += 1;
    if (asked > 1) return true;
    full.resolve();
    return false;
  };
  const { port } = agent.address() as AddressInfo;
  const options = { password: () => 'password', adopt: () => {}, hasRoom, logger: silentLogger };
  const dialed = once(agent, 'connection');
  const hangUp = dialAgent({ host: '127.0.0.1', port, target: 'dr' }, options);
  t.after(() => {
    hangUp();
    agent.close();
  });
  await full.promise;
  await dialed;
  assert.ok(asked > 1);
});

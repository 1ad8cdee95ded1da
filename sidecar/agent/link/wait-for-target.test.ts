import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import type { TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import { createWaitForTarget } from './wait-for-target.ts';

/** Far longer than a test may take. */
const veryLongMs = 3_600_000;

test('a target that came back before the first look ends the wait; one that accepted all along does not', async (t) => {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const target: TargetSettings = { kind: 'rsyncd', name: 'dr', host: '127.0.0.1', port, module: 'm' };
  const given = AbortSignal.timeout(60_000);
  const wait = createWaitForTarget(target, given);
  await wait(veryLongMs, true);
  assert.equal(given.aborted, false, 'it was there at the first look');
  await wait(1_000, true);
  assert.ok(connections > 3, `it was looked at again and again, not ${connections} times`);

  server.close();
  await once(server, 'close');
  await wait(300, true);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const began = connections;
  await wait(veryLongMs, true);
  assert.equal(given.aborted, false, 'it came back before the first look');
  assert.ok(connections <= began + 1, 'one look was enough');
});

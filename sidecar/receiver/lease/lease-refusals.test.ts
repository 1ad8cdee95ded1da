import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Logger, silentLogger } from '../../../src/process/log/logger.ts';
import { lease, startFixture } from '../testing/receiver-fixture.ts';
import { createLeaseRefusalLog } from './lease-refusals.ts';

function listen(): { logger: Logger; lines: object[] } {
  const lines: object[] = [];
  const info = (fields: object, message: string): void => {
    if (message === 'lease refused') lines.push(fields);
  };
  const logger: Logger = { ...silentLogger, info, child: () => logger };
  return { logger, lines };
}

test('who is refused and who writes instead is logged once until another writes, and counted each time', async (t) => {
  const { logger, lines } = listen();
  const receiver = await startFixture({ logger });
  t.after(() => receiver.close());
  const client = receiver.client();
  const refused = async (holder: string, epoch: number, code: string): Promise<void> => {
    await assert.rejects(client.takeLease(lease(holder, epoch)), { code });
  };
  await client.takeLease(lease('pod-a'));
  for (let n = 0; n < 3; n++) await refused('pod-b', 0, 'LeaseHeld');
  const held = { volume: 'uploads', holder: 'pod-a', epoch: 1 };
  assert.deepEqual(lines, [{ ...held, code: 'LeaseHeld', asker: 'pod-b', askedEpoch: 0 }]);
  await client.takeLease(lease('pod-c', 0, true));
  for (let n = 0; n < 2; n++) {
    await refused('pod-a', 1, 'StaleEpoch');
    await refused('pod-b', 0, 'LeaseHeld');
  }
  const later = { volume: 'uploads', holder: 'pod-c', epoch: 2 };
  assert.deepEqual(lines.slice(1), [
    { ...later, code: 'StaleEpoch', asker: 'pod-a', askedEpoch: 1 },
    { ...later, code: 'LeaseHeld', asker: 'pod-b', askedEpoch: 0 },
  ]);
  const metrics = await (await fetch(`http://127.0.0.1:${receiver.metricsPort}/metrics`)).text();
  assert.match(metrics, /syncreplica_receiver_refused_total\{reason="lease"\} 7\n/);
});

test('a crowd of names does not fill the log', () => {
  const { logger, lines } = listen();
  const log = createLeaseRefusalLog(logger);
  const ask = (name: number) => ({ holder: `${name}`, epoch: 0, controllerEpoch: 0, takeOver: false });
  for (let n = 0; n < 1_000; n++) log('v', ask(n), { holder: 'a', epoch: 1 }, 'LeaseHeld');
  assert.equal(lines.length, 256);
  log('v', ask(0), { holder: 'a', epoch: 2 }, 'LeaseHeld');
  assert.equal(lines.length, 257);
});

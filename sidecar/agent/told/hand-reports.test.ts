import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { type AgentStatus, signOfLifeMs } from '../../protocol/agent-status.ts';
import { createControlClient } from '../../protocol/connection/control-client.ts';
import { makeClientTls, startFixture, testUser } from '../../receiver/testing/receiver-fixture.ts';
import { handReports } from './hand-reports.ts';

const statusOf = (generation: number, phase: AgentStatus['phase'] = 'Watching') =>
  ({ holder: 'web-a/uid-1', generation, phase, replicas: [] }) as unknown as AgentStatus;

test('an agent’s status is at its receiver when it changes and when it ends, for its own operator and nobody else', async () => {
  const receiver = await startFixture();
  const own = await makeClientTls(['uploads'], { namespace: 'shop', name: 'uploads' });
  const target = {
    kind: 'receiver' as const,
    name: 'dr',
    host: '127.0.0.1',
    port: receiver.port,
    volume: 'uploads',
    ...testUser,
    tls: own,
  };
  let status = statusOf(1);
  const reports = handReports({ targets: () => [target], status: () => status }, silentLogger);
  const operator = receiver.client(own);
  const until = async (holds: (seen: AgentStatus | undefined) => boolean): Promise<void> => {
    const limit = performance.now() + 180_000;
    for (;;) {
      const seen = (await operator.status()).agents?.[0]?.status;
      if (holds(seen)) return;
      assert.ok(performance.now() < limit, JSON.stringify(seen));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  try {
    await until((seen) => seen?.generation === 1);
    status = statusOf(2);
    await until((seen) => seen?.generation === 2);
    assert.equal((await receiver.client().status()).agents, undefined, 'another installation’s certificate');
    const stranger = createControlClient({ ...target, user: { username: 'x', password: 'y' } });
    await assert.rejects(stranger.report(statusOf(9)), { code: 'AuthenticationFailed' });
    stranger.close();
    status = statusOf(2, 'Stopping');
    await reports.last();
    assert.equal((await operator.status()).agents?.[0]?.status.phase, 'Stopping');
  } finally {
    reports.close();
    await receiver.close();
  }
});

test('a receiver that is away costs nothing', async () => {
  const tls = await makeClientTls();
  const away = {
    kind: 'receiver' as const,
    name: 'dr',
    host: '127.0.0.1',
    port: 1,
    volume: 'uploads',
    ...testUser,
    tls,
  };
  const reports = handReports({ targets: () => [away], status: () => statusOf(1) }, silentLogger);
  await reports.last();
  reports.close();
});

test('one of which nothing changes is heard of as often as a promotion rests on it', (context) => {
  const { mock } = context;
  let nowMs = 0;
  mock.method(performance, 'now', () => nowMs);
  mock.timers.enable({ apis: ['setInterval'] });
  let handed = 0;
  const targets = (): [] => {
    handed += 1;
    return [];
  };
  const reports = handReports({ targets, status: () => statusOf(1) }, silentLogger);
  const secondMs = 1_000;
  for (; nowMs < 15 * signOfLifeMs; mock.timers.tick(secondMs)) nowMs += secondMs;
  reports.close();
  assert.equal(handed, 15);
});

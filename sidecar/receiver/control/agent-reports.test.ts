import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AgentStatus } from '../../protocol/agent-status.ts';
import { AgentReports } from './agent-reports.ts';

const statusOf = (holder: string, generation = 1) => ({ holder, generation }) as AgentStatus;

test('the last report of each agent is kept, the newest first, a bounded number for a bounded time', () => {
  let now = 0;
  const reports = new AgentReports(() => now);
  reports.put(statusOf('a'));
  now = 1_000;
  reports.put(statusOf('b'));
  now = 2_000;
  reports.put(statusOf('a', 2));
  now = 2_500;
  assert.deepEqual(
    reports.list().map(({ ageMs, status }) => [status.holder, status.generation, ageMs]),
    [
      ['a', 2, 500],
      ['b', 1, 1_500],
    ],
  );
  for (let i = 0; i < 100; i += 1) reports.put(statusOf(`pod-${i}`));
  assert.equal(reports.list().length, 16);
  now += 3_600_000;
  assert.deepEqual(reports.list(), []);
});

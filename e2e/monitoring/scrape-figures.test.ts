import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/process/clock.ts';
import { startProbeServer } from '../../src/process/http-server.ts';
import { createMetricsRegistry } from '../../src/process/metrics/metrics-registry.ts';
import { agentOf, reportOf } from '../../src/replication/decide/observed.fixture.ts';
import { createReplicationMetrics } from '../../src/replication/loop/replication-metrics.ts';
import type { ReplicaRow } from '../../src/replication/states/replica-rows.ts';

const rounds = 10;
const replicas = 1_000;
const targets = ['dr', 'offsite'];

/** A row as a decision leaves it, of a target that is behind where `index` is odd. */
const rowOf = (target: string, index: number): ReplicaRow => {
  const report = reportOf(target, index % 2 === 0 ? {} : { inSync: false, lagSeconds: index, pending: index });
  const volume = { name: 'uploads', ordinal: 0, pods: ['web-a'] };
  const view = { key: `0/${target}`, volume, target, pod: 'web-a', agent: agentOf([report]), report, paused: false };
  const row = {
    key: `0/${target}`,
    ordinal: 0,
    volume: 'uploads',
    target,
    state: 'Online',
    inSync: report.inSync,
    view,
  };
  return row as unknown as ReplicaRow;
};

test('a scrape of an operator with 1,000 SyncReplicas of two targets takes less than 200 ms of a processor', async () => {
  const registry = createMetricsRegistry();
  const metrics = createReplicationMetrics(registry, systemClock);
  for (let index = 0; index < replicas; index++)
    metrics.show({
      namespace: `team-${index % 50}`,
      name: `uploads-${index}`,
      rows: targets.map((target) => rowOf(target, index)),
      missingSidecars: 0,
    });
  const ok = () => ({ ok: true });
  const server = await startProbeServer({ host: '127.0.0.1', port: 0, metrics: registry, health: ok, ready: ok });
  try {
    const times: number[] = [];
    let text = '';
    for (let round = 0; round < rounds; round++) {
      const begun = process.cpuUsage();
      text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
      const { user, system } = process.cpuUsage(begun);
      times.push((user + system) / 1_000);
    }
    const lags = text.match(/^syncreplica_replica_lag_seconds\{/gm)?.length;
    assert.equal(lags, replicas * targets.length, 'every replica has its series');
    times.sort((a, b) => a - b);
    // Of a processor, by both ends: what others on this machine do does not count.
    const [best = Infinity] = times;
    const figures = `best ${best.toFixed(0)} ms, median ${times[rounds / 2]?.toFixed(0)} ms of ${rounds}`;
    console.log(
      `a scrape of an operator with ${replicas} SyncReplicas of two targets, processor time: ${figures}, ${(text.length / 1024).toFixed(0)} KiB`,
    );
    assert.ok(best < 200, figures);
  } finally {
    await server.close();
  }
});

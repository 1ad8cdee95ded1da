import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../process/manual-clock.ts';
import { createMetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';
import { createReplicationMetrics } from './replication-metrics.ts';

test('a scrape with 1,000 SyncReplicas of two targets holds up the operator for less than 200 ms', async () => {
  const registry = createMetricsRegistry();
  const metrics = createReplicationMetrics(registry, createManualClock(0));
  for (let number = 0; number < 1_000; number++) {
    const rows = ['dr', 'offsite'].map(
      (target): ReplicaRow => ({
        key: `0/${target}`,
        ordinal: 0,
        volume: `uploads-${number}`,
        target,
        state: 'Online',
        inSync: true,
        view: undefined,
      }),
    );
    metrics.show({ namespace: `shop-${number % 50}`, name: `uploads-${number}`, rows, missingSidecars: 0 });
  }
  const busyMs: number[] = [];
  let text = '';
  for (let round = 0; round < 5; round++) {
    // Time of this thread alone: what else runs on the machine does not count.
    const before = process.threadCpuUsage();
    text = await registry.render();
    const { user, system } = process.threadCpuUsage(before);
    busyMs.push((user + system) / 1_000);
  }
  assert.equal(text.match(/^syncreplica_replica_lag_seconds\{/gm)?.length, 2_000);
  assert.ok(Math.min(...busyMs) < 200, `${busyMs.map((ms) => ms.toFixed(0))} ms`);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations, labels } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { createCaches } from '../caches/caches.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import type { VolumeSnapshot } from '../cluster/objects.ts';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { createMetricsRegistry } from '../process/metrics/metrics-registry.ts';
import { createSnapshotMetrics } from './snapshot-metrics.ts';
import { createSnapshotter } from './snapshotter.ts';

const now = Date.parse('2030-01-01T12:30:00Z');

const snapshot = (atMs: number) =>
  ({
    metadata: {
      name: `s-${atMs}`,
      annotations: { [annotations.takenAt]: new Date(atMs).toISOString(), [annotations.atCheckpoint]: 'true' },
    },
    status: { readyToUse: true, creationTime: 'then' },
  }) as unknown as VolumeSnapshot;

const targetOf = (name: string) => ({
  ...{ name, managed: { storage: '1Gi' } },
  snapshots: { schedule: '@hourly', keep: 1 },
});
const replica = {
  metadata: { name: 'uploads', namespace: 'shop', uid: 'u' },
  spec: { source: { persistentVolumeClaim: 'uploads' }, targets: ['bad', 'full', 'good'].map(targetOf) },
  status: { snapshots: [{ target: 'bad', takenAt: 'before', ready: 1 }] },
} as unknown as SyncReplica;

test('of a target that fails the others know nothing, what is there stays told, and it is said once it is no matter of a moment', async () => {
  const clock = createManualClock(now);
  const told: unknown[] = [];
  const client = {
    async list(_kind: unknown, { labelSelector = '' }: { labelSelector: string }) {
      if (labelSelector.includes(`${labels.target}=bad`)) throw new ClusterError('server', 'a webhook is away');
      if (labelSelector.includes(`${labels.target}=good`)) return [snapshot(now - 1_000)];
      return [1, 2, 3].map((n) => snapshot(now - n * 1_000));
    },
    async delete() {
      throw new ClusterError('forbidden', 'no');
    },
    async patchStatus(_kind: unknown, _name: unknown, { status }: { status: { snapshots: object[] } }) {
      told.push(status.snapshots);
      caches.replicas.replace([{ ...replica, status } as never]);
    },
  } as unknown as ClusterClient;
  const caches = createCaches();
  for (const store of Object.values(caches)) store.replace([]);
  caches.replicas.replace([replica]);
  const metrics = createSnapshotMetrics(createMetricsRegistry());
  const random = () => 0.5;
  const snapshotter = createSnapshotter({
    ...{ client, caches, podName: 'op', clock, random, logger: silentLogger, metrics },
  });
  const running = snapshotter.start();
  const until = async (count: number) => {
    for (let n = 0; n < 500 && told.length < count; n += 1) {
      clock.advance(100);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    assert.equal(told.length, count);
    return (told.at(-1) as { target: string; reason?: string; ready: number; takenAt?: string }[]).map(
      ({ target, reason, ready }) => [target, reason, ready],
    );
  };
  const others = [
    ['full', 'SnapshotsNotAllowed', 3],
    ['good', undefined, 1],
  ];
  assert.deepEqual(await until(1), [['bad', undefined, 1], ...others]);
  assert.deepEqual(await until(2), [['bad', 'SnapshotFailed', 1], ...others]);
  await snapshotter.stop();
  await running;
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '../../process/manual-clock.ts';
import { createMetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import { reportOf } from '../decide/observed.fixture.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';
import { createReplicationMetrics } from './replication-metrics.ts';

const clock = createManualClock(1_000_000_000);
const registry = createMetricsRegistry();
const metrics = createReplicationMetrics(registry, clock);

const show = (
  report: ReturnType<typeof reportOf> | undefined,
  paused = false,
  more: Partial<ReplicaRow> = {},
): void => {
  const view = { report, paused, volume: { name: 'uploads', ordinal: 0, pods: report ? ['web-1'] : [] } };
  const row = {
    key: '0/dr',
    ordinal: 0,
    volume: 'uploads',
    target: 'dr',
    state: 'Online',
    inSync: true,
    view,
    ...more,
  };
  metrics.show({ namespace: 'shop', name: 'uploads', rows: [row as unknown as ReplicaRow], missingSidecars: 0 });
};
const read = async (name: string): Promise<number | undefined> => {
  const line = (await registry.render()).split('\n').find((one) => one.startsWith(`syncreplica_replica_${name}{`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
};

test('a lag grows between reports, and goes on growing when the pod is gone', async () => {
  show(reportOf('dr', { lagSeconds: 30, pending: 7, inSync: false, lastSyncAt: 5_000 }));
  clock.advance(10_000);
  assert.equal(await read('lag_seconds'), 40);
  const behindSince = clock.now() - 40_000;
  show(undefined, false, { behindSince });
  clock.advance(60_000);
  assert.deepEqual(
    [await read('lag_seconds'), await read('pending_changes'), await read('last_success_timestamp_seconds')],
    [100, 7, 5],
  );
  assert.equal(await read('source_pods'), 0);
});

test('an agent that comes after one that was behind takes nothing back before it has compared all', async () => {
  const behindSince = clock.now() - 300_000;
  show(reportOf('dr', { lagSeconds: 2, initialPassDone: false }), false, { behindSince });
  assert.equal(await read('lag_seconds'), 300);
});

test('a target that is in use in place of its source owes nothing', async () => {
  const heldDeletes = { id: 'a', reason: 'TooMany', count: 3, samples: [], since: 1 } as const;
  show(reportOf('dr', { lagSeconds: 60, pending: 7, heldDeletes, lastSyncAt: 5_000 }));
  show(undefined, false, { state: 'Promoted' });
  for (const name of ['lag_seconds', 'pending_changes', 'deletes_held', 'divergent_files'])
    assert.equal(await read(name), 0, name);
  assert.equal(await read('last_success_timestamp_seconds'), 5);
});

test('it falls to 0 once somebody says that nothing is pending, and stays there while nobody writes', async () => {
  show(reportOf('dr', { lagSeconds: 0, pending: 0 }));
  show(undefined);
  clock.advance(3_600_000);
  assert.deepEqual([await read('lag_seconds'), await read('pending_changes')], [0, 0]);
});

test('a pause that the spec asks for is told, so that no alert takes it for trouble', async () => {
  show(reportOf('dr'), true);
  assert.equal(await read('paused'), 1);
  show(reportOf('dr'));
  assert.equal(await read('paused'), 0);
});

test('the series go with the object, and what is made again under its name begins anew', async () => {
  show(reportOf('dr', { lagSeconds: 30, pending: 7 }));
  metrics.forget('shop', 'uploads');
  assert.equal(await read('lag_seconds'), undefined);
  show(undefined);
  assert.equal(await read('lag_seconds'), 0);
});

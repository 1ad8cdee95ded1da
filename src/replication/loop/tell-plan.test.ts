import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClusterClient } from '../../cluster/client.ts';
import { connect } from '../../cluster/connection.ts';
import { createEventEmitter } from '../../cluster/event-emitter.ts';
import type { Pod } from '../../cluster/objects.ts';
import { sendJson, startScriptedApiServer } from '../../cluster/scripted-api-server.ts';
import { silentLogger } from '../../process/log/logger.ts';
import { createManualClock } from '../../process/manual-clock.ts';
import { createMetricsRegistry } from '../../process/metrics/metrics-registry.ts';
import { agentOf, look, now, podOf, replicaOf, reportOf, wellWorld } from '../decide/observed.fixture.ts';
import type { Observed } from '../observed.ts';
import { createReplicationMetrics } from './replication-metrics.ts';
import { tellPlan } from './tell-plan.ts';

/** A pod of the Deployment web. */
const webPod = (): Pod => {
  const pod = podOf('web-a', 'uploads');
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata?.labels, 'pod-template-hash': '5d9' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9', uid: 'r1', controller: true }],
    },
  };
};

test('a link that flaps for an hour makes a handful of Events, on the SyncReplica and on the Deployment', async () => {
  const server = await startScriptedApiServer((request, response) => sendJson(response, JSON.parse(request.body)));
  const connection = connect(server.config);
  const clock = createManualClock(now.wallMs);
  const client = createClusterClient(connection);
  const emitter = createEventEmitter(client, { instance: 'operator-0', clock, logger: silentLogger });
  const metrics = createReplicationMetrics(createMetricsRegistry(), clock);
  const told: Promise<void>[] = [];
  const waited = { emit: (event: Parameters<typeof emitter.emit>[0]) => told[told.push(emitter.emit(event)) - 1] };
  try {
    let carried: Partial<Observed> = {};
    for (let second = 0; second < 3_600; second += 5) {
      const isUp = second % 10 === 0;
      const lost = { reason: 'TargetUnreachable', message: 'no route to host', at: 1 } as const;
      const report = isUp ? reportOf('dr') : reportOf('dr', { link: 'Offline', inSync: false, lastError: lost });
      const agents = new Map([['web-a', { at: now.monotonicMs, status: agentOf([report]) }]]);
      const observed = wellWorld({ pods: [webPod()], agents, ...carried });
      const plan = look(observed);
      tellPlan({ logger: silentLogger, emitter: waited as typeof emitter, metrics }, observed, plan);
      carried = { memory: plan.memory, replica: replicaOf({}, {}, plan.status) };
      clock.advance(5_000);
      await Promise.all(told);
    }
    const made = server.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body));
    const onReplica = made.filter(({ regarding }) => regarding.kind === 'SyncReplica').map(({ reason }) => reason);
    const onOwner = made.filter(({ regarding }) => regarding.kind === 'Deployment' && regarding.name === 'web');
    const expected = [
      'InSyncGrown',
      'InSyncShrunk',
      'InitialPassFinished',
      'Injected',
      'ReplicaOffline',
      'ReplicaOnline',
    ];
    assert.deepEqual(onReplica.sort(), expected);
    assert.deepEqual(onOwner.map(({ reason }) => reason).sort(), onReplica);
    const counts = server.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => JSON.parse(body));
    const most = Math.max(...counts.map(({ series }) => series.count));
    assert.ok(most > 300, `all are counted: ${most}`);
    assert.ok(counts.length <= 8 * 60, `each count is written once a minute at most: ${counts.length}`);
  } finally {
    connection.close();
    await server.close();
  }
});

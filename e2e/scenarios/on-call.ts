import assert from 'node:assert/strict';
import { ofKind, type Rendered, render } from '../chart/render.ts';
import { blocksOf } from '../docs/read-documents.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { replicaRow, untilState } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { makeDaemon } from '../harness/make/rsync-daemon.ts';
import { withPlugin } from '../harness/plugin.ts';
import { defineScenario } from '../harness/scenario.ts';
import { startPrometheus } from './prometheus/server.ts';

/**
 * A target is cut off: lag rises in the operator's and the agent's series, an alert fires, Event and condition say why, and
 * the doctor names the cause. The pod is deleted while it is behind, and then there is none: the alert stays. The target comes
 * back, and all is well by itself.
 */
export const scenario = defineScenario({
  name: 'on-call',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const service = await makeDaemon(context, namespace);
    await context.apply(
      [makeReplica('web', { targets: [{ name: 'offsite', external: service.external }] }), ...makeApplication(context)],
      namespace,
    );
    await untilReady(context, namespace, 'web', 'True');
    const [config = ''] = blocksOf('docs/how-to-monitor.md', 'yaml');
    const prometheus = await startPrometheus(context, namespace, config.replace('15s', '1s'), await quickRules());
    const mine = `{replica_namespace="${namespace}",target="offsite"}`;
    const first = async (expression: string): Promise<number | undefined> =>
      (await prometheus.query(expression))[0]?.value;
    const isFiring = async (): Promise<boolean> =>
      (await prometheus.query(`ALERTS{alertname="SyncReplicaLaggingBadly",alertstate="firing"}`)).some(
        ({ labels }) => labels.replica_namespace === namespace,
      );
    await context.waitFor('no lag', async () => (await first(`syncreplica_replica_lag_seconds${mine}`)) === 0);

    const { name: pod } = (await runningPod(context, namespace, 'web')).metadata;
    await context.step('the target is cut off', async () => {
      await service.cutOff();
      // Nothing is written meanwhile: that the daemon is gone is known before it is needed.
      await untilState(context, namespace, 'web', 'offsite', 'Offline');
      await inApp(context, namespace, pod, 'echo lost? > /data/file');
      for (const metric of ['syncreplica_replica_lag_seconds', 'syncreplica_lag_seconds'])
        await context.waitFor(`${metric} to rise`, async () => ((await first(`${metric}${mine}`)) ?? 0) > 5);
      await context.waitFor('the alert', isFiring);
      const degraded = await untilCondition(context, namespace, 'web', 'Degraded', 'True');
      assert.equal(degraded.reason, 'TargetUnreachable');
      await context.waitFor('the Event', async () =>
        (await context.list('events.events.k8s.io', namespace)).some(
          ({ reason, note }) => reason === 'ReplicaOffline' && note.includes('TargetUnreachable'),
        ),
      );
    });
    await context.step('the doctor names the cause', () =>
      withPlugin(context, namespace, 'on-call', (plugin) =>
        plugin.untilSays(/✖ .*TargetUnreachable[\s\S]*do: look at the target/, 'doctor', 'web'),
      ),
    );

    const since = async (): Promise<number | undefined> =>
      first(`ALERTS_FOR_STATE{alertname="SyncReplicaLaggingBadly",replica_namespace="${namespace}"}`);
    const firedSince = await since();
    assert.ok(firedSince !== undefined);
    await context.step('the pod is deleted while it is behind, and another one comes: the alert stays', async () => {
      const before = (await first(`syncreplica_replica_lag_seconds${mine}`)) ?? 0;
      await context.kubectl(['delete', 'pod', pod, '-n', namespace]);
      const { name: another } = (await runningPod(context, namespace, 'web')).metadata;
      await prometheus.discover();
      const own = `syncreplica_lag_seconds{replica_namespace="${namespace}",pod="${another}"}`;
      await context.waitFor('the new agent to be late too', async () => ((await first(own)) ?? 0) > 0);
      await context.waitFor(
        'the lag to go on rising',
        async () => ((await first(`syncreplica_replica_lag_seconds${mine}`)) ?? 0) > before + 2,
      );
      assert.ok(await isFiring(), 'the alert is there');
      assert.equal(await since(), firedSince, 'and it never ended');
      const row = await replicaRow(context, namespace, 'web', 'offsite');
      assert.ok(Date.parse(row?.behindSince) < Date.now() - before * 1_000, `behind since ${row?.behindSince}`);
    });

    await context.step('no pod is there while it is behind', async () => {
      await context.kubectl(['scale', 'deployment', 'web', '--replicas=0', '-n', namespace]);
      await context.waitFor('no pod', async () => (await context.list('pods', namespace, 'app=web')).length === 0);
      await prometheus.discover();
      await context.waitFor(
        "the agent's series to end",
        async () => {
          const left = await prometheus.query(`syncreplica_lag_seconds${mine}`);
          return left.length === 0;
        },
        360_000,
      );
      const before = (await first(`syncreplica_replica_lag_seconds${mine}`)) ?? 0;
      await context.waitFor(
        'the lag to go on rising',
        async () => ((await first(`syncreplica_replica_lag_seconds${mine}`)) ?? 0) > before,
      );
      assert.ok(await isFiring(), 'the alert stays');
      assert.equal(await since(), firedSince, 'and it never ended');
      const owed = await untilCondition(context, namespace, 'web', 'InSync', 'False');
      assert.equal(owed.reason, 'ChangesOwed');
      await context.kubectl(['scale', 'deployment', 'web', '--replicas=1', '-n', namespace]);
      await runningPod(context, namespace, 'web');
      await prometheus.discover();
    });

    await context.step('the target comes back, and nobody does anything else', async () => {
      await service.heal();
      await untilReady(context, namespace, 'web', 'True');
      await context.waitFor('no lag again', async () => (await first(`syncreplica_replica_lag_seconds${mine}`)) === 0);
      await context.waitFor('no alert any more', async () => !(await isFiring()));
    });
    await untilCondition(context, namespace, 'web', 'InSync', 'True');
    await context.step('the doctor finds nothing any more', () =>
      withPlugin(context, namespace, 'administrator', (plugin) =>
        plugin.untilSays(/status .* in sync as asked for[\s\S]*\n0 wrong/, 'doctor', 'web'),
      ),
    );
  },
});

/** The chart's own rules with short times. */
const quickRules = async (): Promise<string> => {
  const [rule] = ofKind(
    await render(
      'monitoring.alerts.enabled=true',
      'monitoring.alerts.lagWarningSeconds=5',
      'monitoring.alerts.lagCriticalSeconds=10',
    ),
    'PrometheusRule',
  );
  for (const group of rule.spec.groups) for (const one of group.rules as Rendered[]) one.for = '2s';
  return JSON.stringify(rule.spec);
};

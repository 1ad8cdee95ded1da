import assert from 'node:assert/strict';
import { blocksOf } from '../docs/read-documents.ts';
import { runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';
import { startPrometheus } from './prometheus/server.ts';

/** A real Prometheus, configured as the documents say, shows lag and failures of a target that is away, and none of one that is well. */
export const scenario = defineScenario({
  name: 'prometheus',
  async run(context) {
    const namespace = await context.namespace();
    const away = {
      name: 'away',
      external: { address: '192.0.2.1', port: 9, module: 'm', tls: 'None', allowPlaintext: true },
    };
    const targets = [{ name: 'dr', managed: { storage: '64Mi' } }, away];
    await context.apply([makeReplica('web', { targets }), ...makeApplication(context)], namespace);
    await provesReplication(context, namespace, 'web', 'web');
    const [config = ''] = blocksOf('docs/how-to-monitor.md', 'yaml');
    const prometheus = await startPrometheus(context, namespace, config.replace('15s', '1s'));
    const one = async (metric: string, target: string) => {
      const [sample] = await prometheus.query(`max(${metric}{namespace="${namespace}",target="${target}"})`);
      return sample?.value;
    };
    await context.waitFor(
      'lag of the target that is away',
      async () => ((await one('syncreplica_lag_seconds', 'away')) ?? 0) > 5,
    );
    await context.waitFor(
      'its failures',
      async () => ((await one('syncreplica_sync_failures_total', 'away')) ?? 0) > 0,
    );
    await context.waitFor('no lag of the other', async () => (await one('syncreplica_lag_seconds', 'dr')) === 0);
    assert.ok(((await one('syncreplica_last_success_timestamp_seconds', 'dr')) ?? 0) > Date.now() / 1000 - 600);

    await context.waitFor('what the operator knows of it', async () => {
      const [expected] = await prometheus.query(`syncreplica_expected_replicas{replica_namespace="${namespace}"}`);
      const [inSync] = await prometheus.query(`syncreplica_in_sync_replicas{replica_namespace="${namespace}"}`);
      return expected?.value === 2 && inSync?.value === 1;
    });
    const up = await prometheus.query('up{namespace="syncreplica-system"}');
    assert.ok(up.length >= 1 && up.every(({ value }) => value === 1));
    const receivers = await prometheus.query(
      `syncreplica_receiver_connections{replica_namespace="${namespace}",replica="web",volume="web",target="dr",pod="web-dr-0"}`,
    );
    assert.ok(receivers.length > 0, 'the receiver is found by its port, and says whose copy it has');
    const missing = await prometheus.query(`syncreplica_pods_missing_sidecar{replica_namespace="${namespace}"}`);
    assert.deepEqual(
      missing.map(({ value }) => value),
      [0],
    );
    const [slow] = await prometheus.query(
      'histogram_quantile(0.99, sum by (le) (syncreplica_webhook_duration_seconds_bucket))',
    );
    context.log(`webhook, 99th percentile of its own time: ${((slow?.value ?? 0) * 1000).toFixed(1)} ms`);
    assert.ok(await runningPod(context, namespace, 'web'), 'the application never minded');
  },
});

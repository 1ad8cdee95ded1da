import assert from 'node:assert/strict';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

/** Pods that are created while the operator is away start all the same; the missing agents are found when it is back. */
export const scenario = defineScenario({
  name: 'operator-away',
  async run(context) {
    const namespace = await context.namespace();
    const scale = async (replicas: number) => {
      const deployment = `deployment/${releaseName}`;
      await context.kubectl(['scale', deployment, `--replicas=${replicas}`, '--namespace', operatorNamespace]);
      await context.kubectl(['rollout', 'status', deployment, '--timeout=180s', '--namespace', operatorNamespace]);
      await context.waitFor(`${replicas} operators`, async () => {
        const pods = await context.list('pods', operatorNamespace, 'app.kubernetes.io/component=operator');
        return pods.length === replicas;
      });
    };
    const before = await context.get('deployment', releaseName, operatorNamespace);
    await context.apply(makeReplica('web'), namespace);
    await scale(0);
    try {
      await context.apply(makeApplication(context), namespace);
      assert.deepEqual(agentsOf(await runningPod(context, namespace, 'web')), [], 'the application starts without');
    } finally {
      await scale(before.spec.replicas);
    }
    const injected = await untilCondition(context, namespace, 'web', 'Injected', 'False');
    assert.equal(injected.reason, 'PodsMissingSidecar');
    assert.match(injected.message, /rollout restart/);
    const pod = await runningPod(context, namespace, 'web');
    assert.deepEqual(agentsOf(pod), [], 'nothing is restarted by surprise');

    await context.kubectl(['rollout', 'restart', 'deployment/web', '--namespace', namespace]);
    await untilCondition(context, namespace, 'web', 'Injected', 'True');
    await provesReplication(context, namespace, 'web', 'web');
  },
});

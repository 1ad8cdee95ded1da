import assert from 'node:assert/strict';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

/** A Deployment that ran before the SyncReplica existed: shown, not restarted by surprise, and complete once its owner rolls it. */
export const scenario = defineScenario({
  name: 'earlier-deployment',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    await context.apply(makeApplication(context), namespace);
    const before = await runningPod(context, namespace, 'web');
    await inApp(
      context,
      namespace,
      before.metadata.name,
      'mkdir -p /data/old/deep/er && for i in $(seq 300); do echo $i > /data/old/deep/$i; done; ' +
        'head -c 3000000 /dev/urandom > /data/old/big; ln -s deep/1 /data/old/link; touch -d 1999-12-31 /data/old/deep/2',
    );

    await context.step('the SyncReplica comes later', async () => {
      await context.apply(makeReplica('web'), namespace);
      const injected = await untilCondition(context, namespace, 'web', 'Injected', 'False');
      assert.equal(injected.reason, 'PodsMissingSidecar');
      const command = `kubectl rollout restart deployment/web -n ${namespace}`;
      assert.ok(
        injected.message.startsWith(before.metadata.name) && injected.message.endsWith(command),
        injected.message,
      );
      await untilReady(context, namespace, 'web', 'False', 'PodsMissingSidecar');
      await context.waitFor('the receiver', async () => {
        const receiver = await context.get('pod', 'web-dr-0', namespace);
        return receiver?.status.containerStatuses?.every(({ ready }: { ready: boolean }) => ready);
      });
      const after = await runningPod(context, namespace, 'web');
      assert.equal(after.metadata.uid, before.metadata.uid, 'nothing is restarted by surprise');
      assert.deepEqual(agentsOf(after), []);
    });

    await context.step('its owner rolls it', async () => {
      await context.kubectl(['rollout', 'restart', 'deployment/web', '-n', namespace]);
      await untilCondition(context, namespace, 'web', 'Injected', 'True');
      await untilReady(context, namespace, 'web', 'True');
      const after = await runningPod(context, namespace, 'web');
      assert.deepEqual(agentsOf(after), ['syncreplica-agent-web']);
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      await inApp(context, namespace, after.metadata.name, 'echo new > /data/old/new; rm /data/old/deep/3');
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
    });
  },
});

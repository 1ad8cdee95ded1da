import assert from 'node:assert/strict';
import { sizedStorageClass } from '../cluster/faults.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { replicaRow, startReplicated } from '../harness/look/replicas.ts';
import { openTrees, untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

/** The target's claim is full: the replica is Offline and says so, and goes on by itself once there is room. */
export const scenario = defineScenario({
  name: 'target-full',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const targets = [{ name: 'dr', managed: { storage: '64Mi', storageClassName: sizedStorageClass } }];
    const retry = { initial: '1s', max: '5s' };
    await startReplicated(context, namespace, makeReplica('web', { targets, retry }), makeApplication(context));
    const { name: pod } = (await runningPod(context, namespace, 'web')).metadata;
    await inApp(context, namespace, pod, 'mkdir /data/d && head -c 2000000 /dev/urandom > /data/d/before');
    await untilSame(context, namespace, 'web', 'data-web-dr-0');

    const filled = await context.faults.fillClaim(namespace, 'data-web-dr-0');
    await context.step('full', async () => {
      const script = 'for i in $(seq 8); do head -c 1000000 /dev/urandom > /data/d/$i; done; echo new > /data/d/before';
      await inApp(context, namespace, pod, script);
      const degraded = await untilCondition(context, namespace, 'web', 'Degraded', 'True');
      assert.equal(degraded.reason, 'TargetFull', degraded.message);
      const row = await context.waitFor('the replica to be Offline and to say why', async () => {
        const found = await replicaRow(context, namespace, 'web', 'dr');
        return found?.state === 'Offline' && found.lastError?.reason === 'TargetFull' && found;
      });
      assert.equal(row.inSync, false);
      context.log(`it says: ${row.lastError.message}`);
      await untilReady(context, namespace, 'web', 'False');
      const trees = await openTrees(context, namespace, 'web', 'data-web-dr-0');
      assert.notDeepEqual(await trees.differences(), [], 'the target was full');
    });

    await context.step('room again', async () => {
      filled.release();
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      await untilCondition(context, namespace, 'web', 'Degraded', 'False');
      await untilReady(context, namespace, 'web', 'True');
    });
    const events = await context.list('events.events.k8s.io', namespace);
    assert.ok(events.some(({ reason }: KubeObject) => reason === 'TargetFull'));
  },
});

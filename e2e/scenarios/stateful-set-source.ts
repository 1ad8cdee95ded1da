import assert from 'node:assert/strict';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp } from '../harness/look/pods.ts';
import { edit } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeStatefulApplication, smallClaim } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

/** A StatefulSet of three with a claim each: target claim N is the replica of source claim N, also while it is scaled. */
export const scenario = defineScenario({
  name: 'stateful-set-source',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const source = { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' };
    await context.apply(makeReplica('db', { source }), namespace);
    await untilReady(context, namespace, 'db', 'True', 'NoPods');
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: smallClaim }];
    const set = { replicas: 3, podManagementPolicy: 'Parallel', volumeClaimTemplates };
    await context.apply(makeStatefulApplication(context, { name: 'db', set }), namespace);
    await untilReady(context, namespace, 'db', 'True');
    for (const ordinal of [0, 1, 2]) {
      await inApp(context, namespace, `db-${ordinal}`, `mkdir -p /data/d && echo ${ordinal} > /data/d/own`);
    }
    for (const ordinal of [0, 1, 2]) await untilSame(context, namespace, `data-db-${ordinal}`, `data-db-dr-${ordinal}`);

    await context.step('scaled down, the third replica stays', async () => {
      await context.kubectl(['scale', 'statefulset', 'db', '--replicas=2', '-n', namespace]);
      await context.waitFor('the third pod to be gone', async () => !(await context.get('pod', 'db-2', namespace)));
      await edit(context, namespace, 'db', { sync: { workers: 2 } });
      await context.waitFor('a look at the smaller set', async () => {
        const found = await context.get('syncreplica', 'db', namespace);
        return found.status.observedGeneration === found.metadata.generation;
      });
      const set = await context.get('statefulset', 'db-dr', namespace);
      assert.equal(set.spec.replicas, 3);
      const found = await context.get('syncreplica', 'db', namespace);
      assert.deepEqual(
        found.status.volumes.map(({ name }: KubeObject) => name),
        ['data-db-0', 'data-db-1', 'data-db-2'],
      );
    });
    await context.step('scaled up again', async () => {
      await context.kubectl(['scale', 'statefulset', 'db', '--replicas=3', '-n', namespace]);
      await untilReady(context, namespace, 'db', 'True');
      await inApp(context, namespace, 'db-2', 'echo again > /data/d/own');
      await untilSame(context, namespace, 'data-db-2', 'data-db-dr-2');
    });
  },
});

import assert from 'node:assert/strict';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { edit, replicaRow, startReplicated, untilState } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

const managed = (name: string, more: object = {}) => ({ name, managed: { storage: '64Mi', ...more } });
const nowhere = { nodeSelector: { 'e2e.syncreplica.io/no-such-node': 'true' } };

/** Of two targets one is down for a while: the other is not held up, and nothing is lost for the one that was. */
export const scenario = defineScenario({
  name: 'two-targets',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const targets = [managed('near'), managed('far')];
    await startReplicated(context, namespace, makeReplica('web', { targets, minInSync: 1 }), makeApplication(context));
    const { name: pod } = (await runningPod(context, namespace, 'web')).metadata;
    await inApp(context, namespace, pod, 'mkdir -p /data/a/b && echo one > /data/a/b/one && ln -s one /data/a/b/link');
    for (const target of ['near', 'far']) await untilSame(context, namespace, 'web', `data-web-${target}-0`);

    await context.step('one target goes down', async () => {
      await edit(context, namespace, 'web', { targets: [managed('near'), managed('far', nowhere)] });
      await untilState(context, namespace, 'web', 'far', 'Offline');
      assert.equal((await replicaRow(context, namespace, 'web', 'near'))?.state, 'Online');
    });
    await inApp(
      context,
      namespace,
      pod,
      'for i in $(seq 300); do echo $i > /data/a/file$i; done; rm /data/a/b/one; mv /data/a/b /data/c',
    );
    await untilSame(context, namespace, 'web', 'data-web-near-0');
    const found = await context.get('syncreplica', 'web', namespace);
    const inSync = found.status.conditions.find(({ type }: { type: string }) => type === 'InSync');
    assert.equal(inSync.status, 'True', 'one in sync is enough');

    await context.step('it comes back', async () => {
      await edit(context, namespace, 'web', { targets });
      await untilState(context, namespace, 'web', 'far', 'Online');
      await untilSame(context, namespace, 'web', 'data-web-far-0');
    });
    await untilReady(context, namespace, 'web', 'True');
  },
});

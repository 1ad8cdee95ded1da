import assert from 'node:assert/strict';
import { operatorNamespace } from '../harness/chart.ts';
import { untilReady } from '../harness/look/conditions.ts';
import { edit } from '../harness/look/replicas.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { defineScenario } from '../harness/scenario.ts';

/** The leading operator is killed in the middle of a storm of changes: replication goes on, and the other takes over. */
export const scenario = defineScenario({
  name: 'leader-change',
  needsFaults: true,
  async run(context) {
    const web = await startApplication(context);
    const { namespace } = web;
    const lease = async () => (await context.get('lease', 'syncreplica-operator', operatorNamespace)).spec;
    const before = await lease();
    const leader = before.holderIdentity.split('_')[0];

    const storm = web.run(
      'for i in $(seq 400); do mkdir -p /data/$((i % 7)); echo $i > /data/$((i % 7))/$i; [ $((i % 5)) = 0 ] && mv /data/$((i % 7))/$i /data/moved$i; sleep 0.02; done; true',
    );
    await context.kubectl(['delete', 'pod', leader, '-n', operatorNamespace, '--force', '--grace-period=0']);
    await storm;
    await web.untilSame();
    const after = await context.waitFor('another leader', async () => {
      const spec = await lease();
      return spec.holderIdentity !== before.holderIdentity && spec.holderIdentity !== '' && spec;
    });
    assert.ok(after.leaseTransitions > before.leaseTransitions);

    await context.step('the new leader instructs', async () => {
      await edit(context, namespace, 'web', { paused: true });
      await untilReady(context, namespace, 'web', 'False', 'Paused');
      await edit(context, namespace, 'web', { paused: false });
      await untilReady(context, namespace, 'web', 'True');
      await web.run('echo after > /data/after.txt');
      await web.untilSame();
    });
  },
});

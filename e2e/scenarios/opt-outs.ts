import assert from 'node:assert/strict';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

/** A namespace and a pod that opt out get no agent; their neighbours do. */
export const scenario = defineScenario({
  name: 'opt-outs',
  async run(context) {
    const namespace = await context.namespace();
    const aside = await context.namespace({ 'syncreplica.io/injection': 'disabled' });
    for (const where of [namespace, aside]) await context.apply([makeReplica('web'), makeReplica('quiet')], where);
    for (const where of [namespace, aside]) {
      await context.apply(makeApplication(context), where);
      await context.apply(
        makeApplication(context, { name: 'quiet', labels: { 'syncreplica.io/inject': 'false' } }),
        where,
      );
    }
    const agents = async (where: string, app: string) => agentsOf(await runningPod(context, where, app));
    assert.deepEqual(await agents(namespace, 'web'), ['syncreplica-agent-web']);
    assert.deepEqual(await agents(namespace, 'quiet'), []);
    assert.deepEqual(await agents(aside, 'web'), []);
    assert.deepEqual(await agents(aside, 'quiet'), []);

    await context.step('a namespace that opts in again', async () => {
      await context.kubectl(['label', 'namespace', aside, 'syncreplica.io/injection-', '--overwrite']);
      await context.kubectl(['rollout', 'restart', 'deployment/web', '--namespace', aside]);
      await context.waitFor('an agent after the restart', async () => (await agents(aside, 'web')).length === 1);
    });
  },
});

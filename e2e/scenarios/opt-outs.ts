import assert from 'node:assert/strict';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { makeApplication, makePod } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

/** A namespace and a pod that opt out get no agent, nor do pods that can't be meant; their neighbours do. */
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
    await context.step('a selector of everything means no receiver of ours, and no Windows', async () => {
      await context.apply(makeReplica('all', { source: { podSelector: {}, volume: 'data' } }), namespace);
      const windows = { pod: { nodeSelector: { 'kubernetes.io/os': 'windows' } } };
      await context.waitFor('an agent of it', async () => {
        await context.kubectl(['delete', 'pod', 'plain', '-n', namespace, '--ignore-not-found', '--now']);
        await context.apply(makePod(context, 'plain'), namespace);
        return agentsOf(await context.get('pod', 'plain', namespace)).includes('syncreplica-agent-all');
      });
      await context.apply(makePod(context, 'windows', windows), namespace);
      assert.deepEqual(agentsOf(await context.get('pod', 'windows', namespace)), []);
      const { uid } = (await context.get('pod', 'web-dr-0', namespace)).metadata;
      await context.kubectl(['delete', 'pod', 'web-dr-0', '-n', namespace]);
      const receiver = await context.waitFor('the receiver made anew', async () => {
        const found = await context.get('pod', 'web-dr-0', namespace);
        return found?.metadata.uid !== uid && found;
      });
      assert.ok(receiver.spec.containers[0].volumeMounts.some(({ name }: KubeObject) => name === 'data'));
      assert.deepEqual(agentsOf(receiver), []);
    });
  },
});

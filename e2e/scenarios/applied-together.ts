import assert from 'node:assert/strict';
import { untilReady } from '../harness/look/conditions.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

const rounds = [1, 2, 3, 4, 5];

/** A SyncReplica and its application in one file, in that order: every pod has its agent, time after time. */
export const scenario = defineScenario({
  name: 'applied-together',
  async run(context) {
    for (const round of rounds) {
      const namespace = await context.namespace();
      // A pod of nobody's comes sooner than any controller could make one.
      const [claim, deployment] = makeApplication(context, { name: 'bare' }) as [KubeObject, KubeObject];
      const bare = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'bare' },
        spec: deployment.spec.template.spec,
      };
      await context.apply(
        [makeReplica('web'), ...makeApplication(context), makeReplica('bare'), bare, claim],
        namespace,
      );
      assert.deepEqual(agentsOf(await context.get('pod', 'bare', namespace)), ['syncreplica-agent-bare']);
      assert.deepEqual(agentsOf(await runningPod(context, namespace, 'web')), ['syncreplica-agent-web']);
      if (round !== rounds.at(-1)) continue;
      for (const name of ['web', 'bare']) await untilReady(context, namespace, name, 'True');
      await provesReplication(context, namespace, 'web', 'web');
      const events = await context.list('events.events.k8s.io', namespace);
      const injected = events.filter(({ reason }: KubeObject) => reason === 'Injected');
      const told = injected.map(({ regarding }: KubeObject) => `${regarding.kind}/${regarding.name}`).sort();
      assert.deepEqual(told, ['Deployment/web', 'SyncReplica/bare', 'SyncReplica/web']);
    }
  },
});

import assert from 'node:assert/strict';
import { untilCondition } from '../harness/look/conditions.ts';
import { agentsOf, runningPod } from '../harness/look/pods.ts';
import { provesReplication, startReplicated } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

/** An application that passes Pod Security "restricted" passes it with its agent, in a namespace that enforces it. */
export const scenario = defineScenario({
  name: 'restricted-namespace',
  async run(context) {
    const namespace = await context.namespace({
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    });
    await startReplicated(context, namespace, makeReplica('web'), makeApplication(context));
    await provesReplication(context, namespace, 'web', 'web');

    const pod = await runningPod(context, namespace, 'web');
    const [name = ''] = agentsOf(pod);
    const agent = { namespace, pod: pod.metadata.name, container: name };
    await context.step('the agent can do no more than the application', async () => {
      const inAgent = (script: string) => context.exec(agent, ['sh', '-c', script]);
      assert.equal((await inAgent('id -u')).trim(), '1000');
      assert.match(await inAgent('cat /proc/1/status'), /^CapEff:\s+0000000000000000$/m);
      assert.equal((await inAgent('ls -A /var/run/secrets/kubernetes.io/serviceaccount')).trim(), '', 'no token');
      assert.match(await inAgent('touch /source/x 2>&1 || true'), /Read-only file system/);
      assert.match(await inAgent('touch /x 2>&1 || true'), /Read-only file system/);
    });

    await context.step('Elevated is refused without the label, and says so', async () => {
      const elevated = { source: { persistentVolumeClaim: 'root', access: 'Elevated' } };
      await context.apply([makeReplica('root', elevated), ...makeApplication(context, { name: 'root' })], namespace);
      const refused = await runningPod(context, namespace, 'root');
      assert.deepEqual(agentsOf(refused), []);
      const ready = await untilCondition(context, namespace, 'root', 'Ready', 'False');
      assert.equal(ready.reason, 'ElevatedNotAllowed');
      assert.match(ready.message, /syncreplica\.io\/allow-elevated/);
    });
  },
});

import assert from 'node:assert/strict';
import { commandsOf } from '../docs/read-documents.ts';
import { runDocumented } from '../harness/documented.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { runningPod } from '../harness/look/pods.ts';
import { defineScenario } from '../harness/scenario.ts';

const page = 'docs/how-to-fail-over-by-hand.md';

/** The how-to, as it stands: the application runs on its replica with all that it had, and that has a replica again. */
export const scenario = defineScenario({
  name: 'fail-over-by-hand',
  async run(context) {
    const namespace = 'shop';
    const run = (command: string) => context.step(command, () => runDocumented(context, command));
    await context.kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
    try {
      await run('kubectl create namespace shop');
      await run('kubectl apply --namespace shop --filename docs/examples/replica.yaml');
      await run('kubectl apply --namespace shop --filename docs/examples/application.yaml');
      await untilCondition(context, namespace, 'uploads', 'InSync', 'True');
      const web = async () => {
        const pod = await runningPod(context, namespace, 'web');
        return { namespace, pod: pod.metadata.name, container: 'web' };
      };
      await context.exec(await web(), ['sh', '-c', 'mkdir /data/a && seq 1000 > /data/a/numbers.txt']);
      for (const command of commandsOf(page)) await run(command);
      const moved = await web();
      const seen = await context.exec(moved, ['sh', '-c', 'tail -n 1 /data/a/numbers.txt']);
      assert.equal(seen, '1000\n');
      await untilCondition(context, namespace, 'back', 'InSync', 'True');
      const receiver = { namespace, pod: 'back-home-0', container: 'receiver' };
      const copied = await context.exec(receiver, ['tail', '-n', '1', '/replica/data/a/numbers.txt']);
      assert.equal(copied, '1000\n');
    } finally {
      await context.kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
    }
  },
});

import assert from 'node:assert/strict';
import { untilReady } from '../harness/look/conditions.ts';
import { agentsOf, inApp } from '../harness/look/pods.ts';
import { startReplicated } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/** Below `/data/$1`: makes, rewrites, renames and removes, in directories that the other pod uses too. */
const storm = (who: string, from: number, to: number): string =>
  `for i in $(seq ${from} ${to}); do d=/data/shared/$((i % 5)); mkdir -p $d; echo ${who} $i > $d/${who}$i; ` +
  `[ $((i % 3)) = 0 ] && mv $d/${who}$i /data/${who}-moved$i; [ $((i % 7)) = 0 ] && rm -rf /data/shared/$(((i + 2) % 5)); ` +
  'sleep 0.02; done; true';

/** Two pods on one ReadWriteMany claim, on two nodes: one agent writes, the other stands by and takes over. */
export const scenario = defineScenario({
  name: 'shared-claim',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const namespace = await context.namespace();
    const apart = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
    const pod = { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [apart] } } };
    const [claim, deployment] = makeApplication(context, { accessMode: 'ReadWriteMany', pod }) as [
      KubeObject,
      KubeObject,
    ];
    const two = { ...deployment, spec: { ...deployment.spec, replicas: 2 } };
    await startReplicated(context, namespace, makeReplica('web'), [claim, two]);
    const before = await untilTwoPods(context, namespace);
    assert.deepEqual(
      before.flatMap(agentsOf),
      ['syncreplica-agent-web', 'syncreplica-agent-web'],
      'each pod has an agent',
    );
    assert.equal(new Set(before.map(({ spec }) => spec.nodeName)).size, 2, 'one on each node');
    const names = before.map(({ metadata }) => metadata.name as string);
    const first = await context.waitFor('the epoch of the first writer', async () => {
      const found = await volumeStatus(context, namespace);
      return found.epoch > 0 && found.writer !== undefined && found;
    });
    assert.ok(names.includes(first.writer), `${first.writer} writes`);
    const other = names.find((name) => name !== first.writer) ?? '';
    const run = (name: string, script: string) => inApp(context, namespace, name, script);

    await context.step('both write, in turn and at a time', async () => {
      await run(first.writer, storm('a', 1, 60));
      await run(other, storm('b', 1, 60));
      await Promise.all([run(first.writer, storm('a', 61, 120)), run(other, storm('b', 61, 120))]);
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      assert.equal((await volumeStatus(context, namespace)).writer, first.writer, 'nobody took it away');
    });

    await context.step('the pod whose agent writes is deleted in a storm of the other', async () => {
      const going = run(other, storm('c', 1, 200));
      // Awaited below; a failure before that must not end the process.
      going.catch(() => {});
      await context.kubectl(['delete', 'pod', first.writer, '-n', namespace, '--wait=false']);
      const next = await context.waitFor('another writer', async () => {
        const found = await volumeStatus(context, namespace);
        return found.writer !== undefined && found.writer !== first.writer && found.epoch > first.epoch && found;
      });
      assert.equal(next.epoch, first.epoch + 1);
      await going;
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
    });
    await untilTwoPods(context, namespace);
    await untilReady(context, namespace, 'web', 'True');
    const events = await context.list('events.events.k8s.io', namespace);
    assert.equal(events.filter(({ reason }) => reason === 'WriterChanged').length, 1);
  },
});

const untilTwoPods = (context: Context, namespace: string): Promise<readonly KubeObject[]> =>
  context.waitFor('two pods that run', async () => {
    const pods = await context.list('pods', namespace, 'app=web');
    return pods.length === 2 && pods.every(({ status }) => status.phase === 'Running') && pods;
  });

const volumeStatus = async (context: Context, namespace: string): Promise<KubeObject> => {
  const found = await context.get('syncreplica', 'web', namespace);
  return found.status.volumes[0];
};

import assert from 'node:assert/strict';
import { untilReady } from '../harness/look/conditions.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const receiver = 'web-dr-0';

/** A copy lies on another node than its source, and both nodes can be drained, by hand and by an autoscaler, whatever the receiver does. */
export const scenario = defineScenario({
  name: 'drain',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const web = await startApplication(context);
    const { namespace } = web;
    const source = await web.pod();
    const nodeOf = async (): Promise<string> => (await context.get('pod', receiver, namespace)).spec.nodeName;
    assert.notEqual(await nodeOf(), source.spec.nodeName);
    await context.step('an autoscaler may take the agent’s own volumes away', async () => checkEvictable(source));
    await context.step('a receiver that is ready', () => drained(context, namespace, nodeOf));
    await context.step('a receiver that is not ready', () =>
      drained(context, namespace, nodeOf, async () => {
        await context.faults.killContainerProcess(namespace, receiver, 'receiver', 'STOP');
        await context.waitFor('it to be unready', async () => !isReady(await context.get('pod', receiver, namespace)));
      }),
    );
    await context.step('it goes on', async () => {
      await untilReady(context, namespace, 'web', 'True');
      await web.run('echo after > /data/after');
      await web.untilSame();
    });
  },
});

const isReady = (pod: KubeObject): boolean =>
  pod.status.conditions.some(({ type, status }: KubeObject) => type === 'Ready' && status === 'True');

/** Each emptyDir that injection added is named by the annotation: an unnamed one would keep its node for ever. */
const checkEvictable = (pod: KubeObject): void => {
  const named = pod.metadata.annotations['cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes'].split(',');
  const local = pod.spec.volumes.filter(({ emptyDir }: KubeObject) => emptyDir).map(({ name }: KubeObject) => name);
  assert.ok(local.length > 0);
  assert.deepEqual(named.sort(), local.sort());
};

/** `kubectl drain` of the receiver's node as far as receivers go, through the eviction API and its budgets. */
const drained = async (
  context: Context,
  namespace: string,
  nodeOf: () => Promise<string>,
  before: () => Promise<void> = async () => {},
): Promise<void> => {
  const { uid } = (await context.get('pod', receiver, namespace)).metadata;
  const node = await nodeOf();
  await before();
  try {
    const only = ['--pod-selector=syncreplica.io/component=receiver', '--delete-emptydir-data', '--timeout=90s'];
    await context.kubectl(['drain', node, ...only], { timeoutMs: 100_000 });
    const after = await context.get('pod', receiver, namespace);
    assert.notEqual(after?.metadata.uid, uid);
  } finally {
    await context.kubectl(['uncordon', node]);
  }
  await context.waitFor('the receiver to be ready again', async () =>
    isReady(await context.get('pod', receiver, namespace)),
  );
};

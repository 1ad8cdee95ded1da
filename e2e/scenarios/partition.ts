import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp } from '../harness/look/pods.ts';
import { untilSameFolders } from '../harness/look/trees.ts';
import { makeStatefulApplication, movable } from '../harness/make/application.ts';
import { makeReplica, targetOn } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/** Each of its lives writes under a name of its own, over one file of all lives that is never empty, and until its very end. */
const script = `
me=$(cat /proc/sys/kernel/random/uuid); i=0
trap 'echo "$me last words" 1<> /data/clock; echo > /data/last-$me; rm -f /data/keep; exit 0' TERM
[ -e /data/keep ] || echo kept > /data/keep
mkdir -p /data/$me
while true; do
  [ -e /tmp/silent ] || { i=$((i + 1)); echo "$me $i" 1<> /data/clock; echo $i > /data/$me/$((i % 200)); }
  sleep 0.1
done`;

/**
 * A node is cut off with the source's pod, which writes on alone; its successor on the other node has a volume of its own.
 * When the link is whole again the old one still has older data to send, and must not get it over the newer.
 */
export const scenario = defineScenario({
  name: 'partition',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const [home = '', refuge = ''] = context.nodes;
    const namespace = await context.namespace();
    const replica = makeReplica('db', {
      source: { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' },
      restore: 'IfEmpty',
      ...targetOn(refuge),
    });
    await context.apply(replica, namespace);
    await untilReady(context, namespace, 'db', 'True', 'NoPods');
    const pod = { ...movable(home), volumes: [{ name: 'data', emptyDir: {} }] };
    // The node that goes may have the operator that is asked: a successor without an agent would begin with nothing.
    const labels = { 'syncreplica.io/inject': 'required' };
    await context.apply(makeStatefulApplication(context, { name: 'db', labels, script, pod }), namespace);
    await untilReady(context, namespace, 'db', 'True');
    const target = join(await context.volumePath(namespace, 'data-db-dr-0'), 'data');
    const old = await context.get('pod', 'db-0', namespace);
    assert.equal(old.spec.nodeName, home);
    const oldData = context.emptyDirPath(old, 'data');
    const clock = (folder: string): string => readFileSync(join(folder, 'clock'), 'utf8').split(' ')[0] ?? '';
    const oldLife = await context.waitFor('its first word', async () => clock(oldData) || undefined);
    await context.waitFor('the first life on the target', async () => clock(target) === oldLife);
    const before = await epochOf(context, namespace);

    await context.faults.partitionNode(home);
    const young = await context.step('its successor goes on from the replica', async () => {
      await context.waitFor('the node to be seen as lost', async () => {
        const { status } = await context.get('node', home);
        return status.conditions.some(({ type, status: is }: KubeObject) => type === 'Ready' && is !== 'True');
      });
      // What a person does who knows that the node is gone; a StatefulSet waits for that.
      await context.kubectl(['delete', 'pod', 'db-0', '-n', namespace, '--force', '--grace-period=0']);
      const pod = await context.waitFor(
        'a pod on the other node',
        async () => {
          const found = await context.get('pod', 'db-0', namespace);
          return found?.spec.nodeName === refuge && found.status.phase === 'Running' && found;
        },
        240_000,
      );
      await untilReady(context, namespace, 'db', 'True');
      return pod;
    });
    const youngData = context.emptyDirPath(young, 'data');
    const youngLife = await context.waitFor('its own first word', async () => {
      const life = clock(youngData);
      return life !== oldLife && life;
    });
    await context.waitFor('the second life on the target', async () => clock(target) === youngLife);
    await context.waitFor('the next epoch', async () => (await epochOf(context, namespace)) > before);
    assert.ok(existsSync(join(youngData, oldLife)), 'it was filled from the replica');
    assert.equal(clock(oldData), oldLife, 'the old one writes on alone');

    await context.step('the link is whole again', async () => {
      const epoch = await epochOf(context, namespace);
      await context.faults.healNode(home);
      const overwritten: string[] = [];
      const seen = await context.waitFor('the old pod to be gone', async () => {
        if (clock(target) === oldLife) overwritten.push(readFileSync(join(target, 'clock'), 'utf8'));
        return !existsSync(oldData) && { overwritten };
      });
      assert.deepEqual(seen.overwritten, [], 'older data was written over newer');
      // What it still had in hand would come now, if it could.
      await new Promise((resolve) => setTimeout(resolve, 5_000));
      assert.ok(!existsSync(join(target, `last-${oldLife}`)), 'the last words of the old pod are no news');
      assert.ok(existsSync(join(target, 'keep')), 'a deletion of the old pod was carried out');
      assert.equal(await epochOf(context, namespace), epoch, 'the newer writer stays');
      await untilReady(context, namespace, 'db', 'True');
    });

    await context.step('equal when it is silent', async () => {
      await inApp(context, namespace, 'db-0', 'touch /tmp/silent');
      await untilSameFolders(context, youngData, target);
    });
  },
});

const epochOf = async (context: Context, namespace: string): Promise<number> =>
  (await context.get('syncreplica', 'db', namespace))?.status.volumes?.[0]?.epoch;

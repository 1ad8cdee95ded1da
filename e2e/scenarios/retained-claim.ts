import assert from 'node:assert/strict';
import { join } from 'node:path';
import { receiverClaimName } from '../../src/api/names.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { replicaRow } from '../harness/look/replicas.ts';
import { differencesOf, untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { withPlugin } from '../harness/plugin.ts';
import { type Context, defineScenario } from '../harness/scenario.ts';

const claim = receiverClaimName('web', 'dr', 0);
const content =
  'mkdir -p /data/a/empty && for i in $(seq 200); do echo $i > /data/a/$i; done; ln -s a/1 /data/link; chmod 600 /data/a/2';

/** A change of which nothing is left, not even a time. */
const unheard =
  'cd /data/a/empty && touch -r . /tmp/then && echo of the old application > unheard && rm unheard && touch -r /tmp/then .';

/**
 * A claim that stayed when its SyncReplica was deleted is taken up by one of the same name with another source: what it holds stays as
 * it is, whoever restarts and although the old application's agent lives on, until a person has said that the new source counts.
 */
export const scenario = defineScenario({
  name: 'retained-claim',
  needsFaults: true,
  async run(context) {
    const web = await startApplication(context);
    const { namespace } = web;
    await web.run(content);
    await web.untilSame();
    const { uid } = (await context.get('pvc', claim, namespace)).metadata;
    const isKept = async (): Promise<void> => {
      const [source, target] = [await context.volumePath(namespace, 'web'), await context.volumePath(namespace, claim)];
      assert.deepEqual(await differencesOf(source, join(target, 'data')), []);
      assert.equal((await context.get('pvc', claim, namespace)).metadata.uid, uid);
    };

    await context.step('deleted, and its claim stays', async () => {
      await context.kubectl(['delete', 'syncreplica', 'web', '-n', namespace, '--timeout=120s']);
      await context.waitFor('the receiver to be gone', async () => !(await context.get('pod', 'web-dr-0', namespace)));
      await isKept();
    });

    await context.step('one of the same name with another source is refused', async () => {
      const replica = makeReplica('web', { source: { persistentVolumeClaim: 'other' } });
      await context.apply([replica, ...makeApplication(context, { name: 'other' })], namespace);
      const { name } = (await runningPod(context, namespace, 'other')).metadata;
      await inApp(context, namespace, name, 'mkdir /data/a && echo of another > /data/a/1');
      await untilRefused(context, namespace, name);
      await context.waitFor('its Event', async () =>
        (await context.list('events.events.k8s.io', namespace)).some(({ reason }) => reason === 'WriterRefused'),
      );
      await isKept();
    });

    await context.step('nor does a restart on either side let it in', async () => {
      await context.kubectl(['delete', 'pod', 'web-dr-0', '-n', namespace, '--timeout=120s']);
      await context.kubectl(['rollout', 'restart', 'deployment/other', '-n', namespace]);
      await context.kubectl(['rollout', 'status', 'deployment/other', '-n', namespace, '--timeout=120s']);
      const { name } = (await runningPod(context, namespace, 'other')).metadata;
      await inApp(context, namespace, name, 'rm -r /data/a && echo more > /data/b');
      await web.run(unheard);
      await untilRefused(context, namespace, name);
      await isKept();
    });

    await context.step('a person says that it counts', async () => {
      await withPlugin(context, namespace, 'on-call', (plugin) =>
        plugin.untilSays(/web: its source counts/, 'adopt', 'web', '--yes'),
      );
      await untilCondition(context, namespace, 'web', 'InSync', 'True');
      await untilSame(context, namespace, 'other', claim);
    });
  },
});

/** Waits until the agent of that pod, and no former one, has said that its source is refused. */
const untilRefused = async (context: Context, namespace: string, pod: string): Promise<void> => {
  const row = await context.waitFor(`${pod} to be refused`, async () => {
    const found = await replicaRow(context, namespace, 'web', 'dr');
    return found?.lastError?.reason === 'OtherSource' && found.lastError.message.includes(pod) && found;
  });
  assert.notEqual(row.inSync, true);
  await untilCondition(context, namespace, 'web', 'InSync', 'False');
};

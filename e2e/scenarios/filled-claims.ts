import assert from 'node:assert/strict';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/** What it finds first is in its log. */
const script = "find /data -mindepth 1 | sort; trap 'exit 0' TERM; while true; do sleep 0.2; done";
const dataSourceRef = { apiGroup: 'syncreplica.io', kind: 'SyncReplica', name: 'web' };

const fromReplica = (object: KubeObject, annotations: object = {}): KubeObject =>
  object.kind === 'PersistentVolumeClaim'
    ? { ...object, metadata: { ...object.metadata, annotations }, spec: { ...object.spec, dataSourceRef } }
    : object;

/** A claim with a SyncReplica as its data source: the same manifests on the first day, after a disaster, and for a copy. */
export const scenario = defineScenario({
  name: 'filled-claims',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const application = makeApplication(context, { script }).map((object) => fromReplica(object));
    const replica = makeReplica('web', { injection: { restart: 'Rollout' } });
    let wanted = '';

    await context.step('the first day: nothing to fill it from', async () => {
      await context.apply(application, namespace);
      await context.waitFor('what is told on the claim', () => told(context, namespace, 'web', 'SyncReplicaNotFound'));
      await context.apply(replica, namespace);
      const note = await context.waitFor('its end', () => told(context, namespace, 'web', 'Filled'));
      assert.match(note, /begins empty/);
      const pod = (await podWithAgent(context, namespace)).metadata.name;
      const work =
        'mkdir -p /data/a/b /data/empty && for i in $(seq 200); do echo $i > /data/a/$i; done; ln -s ../1 /data/a/b/link; ln /data/a/1 /data/a/b/hard';
      await inApp(context, namespace, pod, work);
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      wanted = (await inApp(context, namespace, pod, 'find /data -mindepth 1 | sort')).trim();
    });

    await context.step('all is lost but the replica, and applied anew in the wrong order', async () => {
      await context.kubectl([
        'delete',
        'deployment/web',
        'persistentvolumeclaim/web',
        'syncreplica/web',
        '-n',
        namespace,
      ]);
      await context.waitFor('all to be gone', async () => (await context.list('pods', namespace)).length === 0);
      await context.apply(application, namespace);
      await context.apply(replica, namespace);
      const pod = await podWithAgent(context, namespace);
      const found = await context.kubectl(['logs', pod.metadata.name, '-c', 'app', '-n', namespace]);
      assert.equal(found.trim(), wanted, 'what the application found first');
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      await provesReplication(context, namespace, 'web', 'web');
      await context.waitFor('nothing that filled it to be left', async () => {
        const rest = (await context.list('persistentvolumeclaims', namespace)).map(({ metadata }) => metadata.name);
        return rest.sort().join() === 'data-web-dr-0,web';
      });
    });

    await context.step('a copy beside the source, by a pod that is ended in the middle', async () => {
      const [claim, deployment] = makeApplication(context, { name: 'copy', script }) as [KubeObject, KubeObject];
      await context.apply([fromReplica(claim, { 'syncreplica.io/from-target': 'dr' }), deployment], namespace);
      const uid = (await context.get('persistentvolumeclaim', 'copy', namespace))?.metadata.uid;
      await context.waitFor('the pod that fills it', () => context.get('pod', `fill-${uid}`, namespace));
      await context.kubectl(['delete', 'pod', `fill-${uid}`, '-n', namespace, '--now']);
      const pod = (await runningPod(context, namespace, 'copy')).metadata.name;
      const found = await context.kubectl(['logs', pod, '-c', 'app', '-n', namespace]);
      assert.deepEqual(
        found
          .trim()
          .split('\n')
          .filter((path) => path !== '/data/proof.txt'),
        wanted.split('\n'),
      );
      await provesReplication(context, namespace, 'web', 'web');
    });
  },
});

/** It is restarted once for its agent. */
const podWithAgent = (context: Context, namespace: string): Promise<KubeObject> =>
  context.waitFor('a pod with an agent', async () => {
    const pod = await runningPod(context, namespace, 'web');
    return agentsOf(pod).length === 1 && pod;
  });

/** The note of an Event on a claim; undefined where there is none. */
const told = async (context: Context, namespace: string, claim: string, reason: string): Promise<string | undefined> =>
  (await context.list('events.events.k8s.io', namespace)).find(
    (event: KubeObject) => event.regarding.name === claim && event.reason === reason,
  )?.note;

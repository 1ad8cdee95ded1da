import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { replicaRow, startReplicated } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

/** The very first thing the application does: what it finds is in its log. */
const script = "find /data -mindepth 1 | sort; trap 'exit 0' TERM; while true; do sleep 0.2; done";

/** The source's claim is lost; an empty one in its place is filled from the target before the application's first container starts. */
export const scenario = defineScenario({
  name: 'restore',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const application = makeApplication(context, { script });
    const [{ spec }] = application.filter(({ kind }) => kind === 'Deployment') as [KubeObject];
    const [app] = spec.template.spec.containers;
    // An init container that uses the volume is the first of the application, too.
    spec.template.spec.initContainers = [
      { ...app, name: 'first', command: ['sh', '-c', 'find /data -mindepth 1 | sort'] },
    ];
    await startReplicated(context, namespace, makeReplica('web', { restore: 'IfEmpty' }), application);
    const first = (await runningPod(context, namespace, 'web')).metadata.name;
    await inApp(
      context,
      namespace,
      first,
      'mkdir -p /data/a/b /data/empty && for i in $(seq 200); do echo $i > /data/a/$i; done; ln -s ../1 /data/a/b/link; ' +
        'ln /data/a/1 /data/a/b/hard; head -c 5000000 /dev/urandom > /data/a/b/big; chmod 600 /data/a/2; touch -d 2001-02-03 /data/a/3',
    );
    await untilSame(context, namespace, 'web', 'data-web-dr-0');
    const wanted = (await inApp(context, namespace, first, 'find /data -mindepth 1 | sort')).trim();
    const epoch = (await replicaRow(context, namespace, 'web', 'dr'))?.position.epoch;

    await context.step('the claim is lost', async () => {
      await context.kubectl(['delete', 'deployment/web', 'persistentvolumeclaim/web', '-n', namespace]);
      await context.waitFor('the pod to be gone', async () => {
        return (await context.list('pods', namespace, 'app=web')).length === 0;
      });
    });
    await context.step('an empty one in its place', async () => {
      await context.apply(application, namespace);
      const second = (await runningPod(context, namespace, 'web')).metadata.name;
      for (const container of ['first', 'app']) {
        const found = await context.kubectl(['logs', second, '-c', container, '-n', namespace]);
        assert.equal(found.trim(), wanted, `what container ${container} found`);
      }
      await untilReady(context, namespace, 'web', 'True');
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      const source = await context.volumePath(namespace, 'web');
      assert.deepEqual(readdirSync(source).sort(), ['a', 'empty'], 'nothing of ours stays in the source');
      assert.ok((await replicaRow(context, namespace, 'web', 'dr'))?.position.epoch > epoch, 'another writer');
      await inApp(context, namespace, second, 'echo after > /data/a/after && rm /data/a/4');
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
    });
  },
});

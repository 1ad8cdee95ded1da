import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { makeDaemon } from '../harness/make/rsync-daemon.ts';
import { defineScenario } from '../harness/scenario.ts';

/** A plain rsync daemon, of which nothing is known but its address, module and password, is a target too. */
export const scenario = defineScenario({
  name: 'external-rsyncd',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    const { external } = await makeDaemon(context, namespace);
    await context.apply(
      [makeReplica('web', { targets: [{ name: 'offsite', external }] }), ...makeApplication(context)],
      namespace,
    );
    await untilReady(context, namespace, 'web', 'True');
    const { name: pod } = (await runningPod(context, namespace, 'web')).metadata;
    await inApp(context, namespace, pod, 'mkdir /data/d && echo hello > /data/d/file');
    const copy = join(await context.volumePath(namespace, 'kept'), 'web', 'd', 'file');
    await context.waitFor('the file at the daemon', async () => readFileSync(copy, 'utf8') === 'hello\n');
    await untilCondition(context, namespace, 'web', 'InSync', 'True');
    assert.equal((await context.list('statefulsets', namespace)).length, 0, 'nothing of ours runs there');
  },
});

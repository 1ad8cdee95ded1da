import assert from 'node:assert/strict';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { openTrees } from '../harness/look/trees.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { defineScenario, type KubeObject } from '../harness/scenario.ts';

/** A source that is emptied behind the agent's back: its deletions are held, new content flows, and go on once released. */
export const scenario = defineScenario({
  name: 'deletes-held',
  needsFaults: true,
  async run(context) {
    const sync = { deleteGuard: { maxPercent: 20, minFiles: 10 } };
    const web = await startApplication(context, { sync });
    const { namespace } = web;
    await web.run('mkdir /data/d; for i in $(seq 200); do echo $i > /data/d/$i; done');
    await web.untilSame();

    await context.step('emptied while no agent watches', async () => {
      await context.kubectl(['scale', 'deployment', 'web', '--replicas=0', '-n', namespace]);
      await context.waitFor(
        'the pod to be gone',
        async () => (await context.list('pods', namespace, 'app=web')).length === 0,
      );
      const path = await context.volumePath(namespace, 'web');
      const { rmSync } = await import('node:fs');
      rmSync(`${path}/d`, { recursive: true });
      await context.kubectl(['scale', 'deployment', 'web', '--replicas=1', '-n', namespace]);
    });
    const held = await untilCondition(context, namespace, 'web', 'DeletesHeld', 'True');
    assert.equal(held.reason, 'GuardHeld');
    assert.equal((await untilCondition(context, namespace, 'web', 'Degraded', 'True')).reason, 'DeletesHeld');
    const ready = await untilReady(context, namespace, 'web', 'True');
    assert.match(ready.message, /deletions that are held/, 'new content flows');
    await web.run('echo new > /data/new.txt');
    const trees = await openTrees(context, namespace, 'web', 'data-web-dr-0');
    await context.waitFor('new content on the target, and what is held', async () => {
      const differences = await trees.differences();
      return differences.length > 0 && differences.every((line) => /^(extra|mtime): /.test(line));
    });

    await context.step('released', async () => {
      const id = /with the id (\S+)/.exec(held.message)?.[1] ?? '';
      assert.notEqual(id, '');
      await context.kubectl([
        'annotate',
        'syncreplica',
        'web',
        '-n',
        namespace,
        `syncreplica.io/release-deletes=${id}`,
      ]);
      await web.untilSame();
      await untilCondition(context, namespace, 'web', 'DeletesHeld', 'False');
    });
    await untilCondition(context, namespace, 'web', 'Degraded', 'False');
    // The Deployment is told too.
    const events = (await context.list('events.events.k8s.io', namespace)).filter(
      ({ regarding }: KubeObject) => regarding.kind === 'SyncReplica',
    );
    for (const told of ['DeletesHeld', 'DeletesReleased'])
      assert.equal(events.filter(({ reason }: KubeObject) => reason === told).length, 1, told);
  },
});

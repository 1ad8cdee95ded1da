import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openTrees } from '../harness/look/trees.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { defineScenario } from '../harness/scenario.ts';

/** Writes, moves and deletes as fast as it can once it is told to, and writes its last words when it is told to end. */
const script = `
trap 'for i in $(seq 100); do echo last $i > /data/last$i; done; mv /data/d3 /data/moved; exit 0' TERM
mkdir -p /data/d0 /data/d1 /data/d2 /data/d3
until [ -e /data/go ]; do sleep 0.2; done
i=0
while true; do
  i=$((i + 1))
  echo "file $i" > /data/d$((i % 4))/f$i
  [ $((i % 5)) = 0 ] && mv /data/d$((i % 4))/f$i /data/d$((i % 4))/m$i
  [ $((i % 7)) = 0 ] && rm -f /data/d$(((i - 3) % 4))/f$((i - 3))
done`;

/** An application that is deleted in the middle of a burst: when its pod is gone, all of it is on the target. */
export const scenario = defineScenario({
  name: 'deleted-in-a-burst',
  needsFaults: true,
  async run(context) {
    const pod = { terminationGracePeriodSeconds: 120 };
    const web = await startApplication(context, {}, { script, pod });
    const { namespace } = web;
    const trees = await openTrees(context, namespace, 'web', 'data-web-dr-0');
    const source = await context.volumePath(namespace, 'web');

    await web.run('echo > /data/go');
    await context.waitFor('the burst', async () => readdirSync(join(source, 'd1')).length > 50);
    await context.step('delete the application', async () => {
      await context.kubectl(['delete', 'deployment', 'web', '-n', namespace, '--wait=false']);
      await context.waitFor('its pod to be gone', async () => {
        return (await context.list('pods', namespace, 'app=web')).length === 0;
      });
    });
    // Nothing is left that could send more: it is there now, or it is lost.
    assert.deepEqual(await trees.differences(), []);
    assert.ok(existsSync(join(source, 'last100')), 'the application wrote until the end');
    context.log(`${trees.size()} entries, all of them on the target when the pod was gone`);
  },
});

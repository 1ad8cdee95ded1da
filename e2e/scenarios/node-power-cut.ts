import assert from 'node:assert/strict';
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { replicaRow, startReplicated } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication, movable } from '../harness/make/application.ts';
import { makeReplica, targetOn } from '../harness/make/replica.ts';
import { defineScenario } from '../harness/scenario.ts';

const files = 40;
const fileBytes = 1_000_000;

/** Writes small files from its start on, under a name of its own, until it is told to end or to stop. */
const script = `
trap 'exit 0' TERM; umask 002; me=$(cat /proc/sys/kernel/random/uuid); mkdir -p /data/$me; i=0
while true; do
  i=$((i + 1)); [ -e /data/stop ] || echo $i > /data/$me/$((i % 500)); sleep 0.05
done`;

/** The source's node loses power and its pod begins on another: the next epoch, which goes on without a full copy. */
export const scenario = defineScenario({
  name: 'node-power-cut',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const [home = '', refuge = ''] = context.nodes;
    const namespace = await context.namespace();
    const application = makeApplication(context, { script, accessMode: 'ReadWriteMany', pod: movable(home) });
    await startReplicated(context, namespace, makeReplica('web', targetOn(refuge)), application);
    const first = await runningPod(context, namespace, 'web');
    assert.equal(first.spec.nodeName, home);
    const payload = `umask 002; mkdir /data/large && for i in $(seq ${files}); do head -c ${fileBytes} /dev/urandom > /data/large/$i; done`;
    await inApp(context, namespace, first.metadata.name, payload);
    const target = join(await context.volumePath(namespace, 'data-web-dr-0'), 'data');
    await context.waitFor('the payload on the target', async () => {
      const folder = join(target, 'large');
      return readdirSync(folder).filter((name) => lstatSync(join(folder, name)).size === fileBytes).length === files;
    });
    const before = (await replicaRow(context, namespace, 'web', 'dr'))?.position.epoch;

    await context.faults.powerCutNode(home);
    const second = await context.step('the pod begins on the other node', () =>
      context.waitFor(
        'a pod on the other node',
        async () => {
          const pods = await context.list('pods', namespace, 'app=web');
          return pods.find(({ spec, status }) => spec.nodeName === refuge && status.phase === 'Running');
        },
        240_000,
      ),
    );
    await context.step('the next epoch', async () => {
      const row = await context.waitFor('the next writer', async () => {
        const found = await replicaRow(context, namespace, 'web', 'dr');
        return found?.state === 'Online' && found.position?.epoch > before && found;
      });
      const { volumes } = (await context.get('syncreplica', 'web', namespace)).status;
      assert.equal(volumes[0].writer, second.metadata.name);
      assert.equal(row.position.epoch, before + 1);
      await inApp(context, namespace, second.metadata.name, 'echo > /data/stop');
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
    });
    // A kubelet that applies an fsGroup changes every file's ctime, so that each is compared; what is equal is not sent.
    const ports = second.spec.initContainers.flatMap(
      (container: { ports?: readonly object[] }) => container.ports ?? [],
    );
    const { containerPort } = ports.find(({ name }: { name: string }) => name.includes('metrics'));
    const read = `fetch('http://127.0.0.1:${containerPort}/metrics').then(async (a) => console.log(await a.text()))`;
    const app = { namespace, pod: second.metadata.name, container: 'app' };
    const metrics = await context.exec(app, ['node', '-e', read]);
    const sent = Number(/transferred_bytes_total\{[^}]*literal[^}]*\} (\d+)/.exec(metrics)?.[1]);
    assert.ok(sent < fileBytes, `${sent} bytes were sent after it`);
    context.log(`the second agent has sent ${sent} bytes, of ${files * fileBytes} at the source`);

    await context.step('its node is back', async () => {
      await context.faults.restoreNode(home);
      await context.waitFor('the first pod to be gone', async () => {
        return (await context.list('pods', namespace, 'app=web')).length === 1;
      });
      await inApp(context, namespace, second.metadata.name, 'rm /data/stop; echo back > /data/back');
      await inApp(context, namespace, second.metadata.name, 'echo > /data/stop');
      await untilSame(context, namespace, 'web', 'data-web-dr-0');
      await untilReady(context, namespace, 'web', 'True');
    });
  },
});

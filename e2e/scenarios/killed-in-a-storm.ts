import { untilReady } from '../harness/look/conditions.ts';
import { agentsOf } from '../harness/look/pods.ts';
import { openTrees } from '../harness/look/trees.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/** Files small and large, overwritten, appended to, moved and deleted, directories too, until it is told to stop. */
const storm = `
cd /data; i=0
until [ -e stop ]; do
  i=$((i + 1)); d=d$((i % 9)); mkdir -p $d/sub
  echo "$i" > $d/f$((i % 50)); echo "$i" >> $d/log
  [ $((i % 4)) = 0 ] && mv $d/f$((i % 50)) $d/sub/m$((i % 30))
  [ $((i % 11)) = 0 ] && head -c 300000 /dev/urandom > $d/big
  [ $((i % 37)) = 0 ] && rm -rf moved && mv $d moved
  [ $((i % 5)) = 0 ] && sleep 0.02
done; rm stop; true`;

/** The agent and the receiver are killed, again and again, in the middle of a storm of changes: nothing is lost. */
export const scenario = defineScenario({
  name: 'killed-in-a-storm',
  needsFaults: true,
  async run(context) {
    const retry = { initial: '1s', max: '5s' };
    // The storm removes most of its directories while no agent runs: as a person who means it would say.
    const sync = { deleteGuard: { maxPercent: 100, minFiles: 1_000_000 } };
    const web = await startApplication(context, { retry, sync });
    const { namespace } = web;
    const pod = await web.pod();
    const { name } = pod.metadata;
    const [agent = ''] = agentsOf(pod);

    const storming = web.run(storm);
    // It is awaited below; a failure before that must not end the process.
    storming.catch(() => {});
    for (const round of [1, 2]) {
      await context.step(`kill the agent (${round})`, () => kill(context, namespace, name, agent));
      await context.step(`kill the receiver (${round})`, () => kill(context, namespace, 'web-dr-0', 'receiver'));
    }
    await context.step('kill both at once', async () => {
      await Promise.all([kill(context, namespace, name, agent), kill(context, namespace, 'web-dr-0', 'receiver')]);
    });
    await web.run('touch /data/stop');
    await storming;
    await web.untilSame();
    await untilReady(context, namespace, 'web', 'True');
    context.log(`${(await openTrees(context, namespace, 'web', 'data-web-dr-0')).size()} entries in the end`);
  },
});

/** Kills a container's process once it has run for a moment, and waits until it is started again. */
async function kill(context: Context, namespace: string, pod: string, container: string): Promise<void> {
  const statusOf = async (): Promise<KubeObject> => {
    const { status } = await context.get('pod', pod, namespace);
    const all = [...(status.initContainerStatuses ?? []), ...status.containerStatuses];
    return all.find((one) => one.name === container);
  };
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  const before = await context.waitFor(`${container} to run`, async () => {
    const seen = await statusOf();
    return seen.started && seen;
  });
  await context.faults.killContainerProcess(namespace, pod, container);
  await context.waitFor(
    `${container} to be started again`,
    async () => {
      const seen = await statusOf();
      return seen.restartCount > before.restartCount && seen.started;
    },
    // The kubelet doubles its pause with every restart, up to minutes.
    300_000,
  );
}

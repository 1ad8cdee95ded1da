import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf } from '../docs/read-documents.ts';
import { untilReady } from '../harness/look/conditions.ts';
import { inApp, runningPod } from '../harness/look/pods.ts';
import { makeApplication, makePod } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/**
 * A pod on each node reads a copy that its node has. A node is cut off: what reads there falls back by itself, as the page says, the other goes
 * on; when the link is whole again the copy is made good, and is read again.
 */
export const scenario = defineScenario({
  name: 'readers',
  needsFaults: true,
  nodes: 2,
  async run(context) {
    const [home = '', away = ''] = context.nodes;
    const namespace = await context.namespace();
    const onHome = { 'kubernetes.io/hostname': home };
    const replica = makeReplica('web', {
      targets: [
        {
          name: 'dr',
          managed: { storage: '64Mi', nodeSelector: onHome },
          readers: { replicas: 2, freshFor: '15s' },
        },
      ],
    });
    await context.apply([replica, ...makeApplication(context, { pod: { nodeSelector: onHome } })], namespace);
    await untilReady(context, namespace, 'web', 'True');
    const app = (await runningPod(context, namespace, 'web')).metadata.name;
    const write = (text: string) => inApp(context, namespace, app, `echo ${text} > /data/page`);
    await write('one');
    const sites = new Map<string, Site>();
    for (const node of [home, away]) sites.set(node, await startSite(context, namespace, node));
    const [here, there] = [sites.get(home), sites.get(away)] as [Site, Site];

    await context.step('each node reads its own copy', async () => {
      await untilReaders(context, namespace, ({ fresh }) => fresh === 2);
      for (const site of sites.values()) await site.until('local', 'one');
    });
    await context.step('a node that is cut off falls back, and the other goes on', async () => {
      await context.faults.partitionNode(away);
      await write('two');
      await here.until('local', 'two');
      await there.until('shared', 'one');
      const { behind = [] } = await untilReaders(context, namespace, ({ fresh }) => fresh === 1);
      assert.equal(behind.length, 1);
      assert.equal(here.choice(), 'local');
    });
    await context.step('it is made good when the link is whole again', async () => {
      await context.faults.healNode(away);
      await there.until('local', 'two');
      await untilReaders(context, namespace, ({ fresh }) => fresh === 2);
    });
    await context.step('without readers nothing of them is left but what is on the nodes', async () => {
      await context.apply(
        makeReplica('web', { targets: [{ name: 'dr', managed: { storage: '64Mi', nodeSelector: onHome } }] }),
        namespace,
      );
      await context.waitFor('the readers to be gone', async () => {
        return (await context.get('statefulset', 'web-dr-readers', namespace)) === undefined;
      });
      assert.ok(await context.get('statefulset', 'web-dr', namespace));
    });
  },
});

interface ReadersRow {
  readonly fresh: number;
  readonly behind?: readonly { readonly pod: string; readonly behindSeconds?: number }[];
}

const untilReaders = (context: Context, namespace: string, is: (row: ReadersRow) => boolean): Promise<ReadersRow> =>
  context.waitFor(
    'the readers to be as expected',
    async () => {
      const { status } = await context.get('syncreplica', 'web', namespace);
      const row = status?.volumes?.[0]?.replicas?.[0]?.readers as ReadersRow | undefined;
      return row !== undefined && is(row) && row;
    },
    240_000,
  );

interface Site {
  choice(): string;
  /** What it would serve, and what the copy on its node holds. */
  until(choice: string, page: string): Promise<unknown>;
}

/** Says over and over what it would serve, by the line of the page. */
const startSite = async (context: Context, namespace: string, node: string): Promise<Site> => {
  const [line = ''] = blocksOf('docs/how-to-read-copies.md', 'sh').filter((block) => block.includes('fresh/until'));
  const script = `trap 'exit 0' TERM
while true; do
  if ${line.trim()}; then echo local; else echo shared; fi > /data/choice.new; mv /data/choice.new /data/choice
  cp /copy/data/page /data/page 2>/dev/null
  sleep 0.5
done`;
  const path = `/var/lib/syncreplica/${namespace}/web/dr`;
  const volumes = [
    { name: 'data', emptyDir: {} },
    { name: 'copy', hostPath: { path, type: 'DirectoryOrCreate' } },
  ];
  const volumeMounts = [
    { name: 'data', mountPath: '/data' },
    { name: 'copy', mountPath: '/copy', readOnly: true },
  ];
  const name = `site-${context.nodes.indexOf(node)}`;
  const pod = { nodeSelector: { 'kubernetes.io/hostname': node }, volumes };
  await context.apply(makePod(context, name, { script, pod, container: { volumeMounts } }), namespace);
  const running: KubeObject = await runningPod(context, namespace, name);
  const directory = context.emptyDirPath(running, 'data');
  const read = (file: string): string => {
    const found = join(directory, file);
    return existsSync(found) ? readFileSync(found, 'utf8').trim() : '';
  };
  return {
    choice: () => read('choice'),
    until: (choice, page) =>
      context.waitFor(
        `${name} to read ${choice}, and ${page} to be in its copy`,
        async () => read('choice') === choice && read('page') === page,
        240_000,
      ),
  };
};

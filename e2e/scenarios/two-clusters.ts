import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectImages } from '../cluster/project-images.ts';
import { commandsOf } from '../docs/read-documents.ts';
import { runDocumented } from '../harness/documented.ts';
import { untilCondition } from '../harness/look/conditions.ts';
import { runningPod } from '../harness/look/pods.ts';
import { replicaRow } from '../harness/look/replicas.ts';
import { untilSameFolders } from '../harness/look/trees.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const namespace = 'shop';
/** A hundred of which differ in the end; E2E_FILES of 4 KiB in place of these. */
const files = Number(process.env.E2E_FILES ?? 4_000);
const fileBytes = process.env.E2E_FILES === undefined ? 16_384 : 4_096;
const differing = 100;

/** What the application writes in the main cluster, and what it changes on the copy: in its container, which has Node. */
const fill = `const { mkdirSync, writeFileSync } = require('node:fs'); const { randomBytes } = require('node:crypto');
mkdirSync('/data/a'); for (let i = 0; i < ${files}; i += 1) writeFileSync('/data/a/' + i, randomBytes(${fileBytes}));`;
const change = [
  `for i in $(seq 5 ${differing}); do echo changed > /data/a/$i; done`,
  'rm /data/a/1 && echo changed > /data/a/2 && mv /data/a/3 /data/a/renamed && mkdir /data/b && echo new > /data/b/new',
].join(' && ');

/** The page "replicate to another cluster" as it stands, between two: link, write, be cut off, fail over, write, fail back. */
export const scenario = defineScenario({
  name: 'two-clusters',
  needsFaults: true,
  needsOther: true,
  async run(context) {
    const { other } = context;
    const standby = other.context;
    const commands = commandsOf('docs/how-to-replicate-to-another-cluster.md');
    const run = (command: string) => context.step(command, () => runDocumented(context, command));
    /** Runs the page's commands up to the one that says so, and that one. */
    const runTo = async (last: string): Promise<string> => {
      for (let said = ''; ; ) {
        const command = commands.shift();
        assert.ok(command, `the page says: ${last}`);
        said = await run(command);
        if (command.includes(last)) return said;
      }
    };
    const inWeb = async (where: Context, command: readonly string[]): Promise<string> => {
      const pod = await runningPod(where, namespace, 'web');
      return where.exec({ namespace, pod: pod.metadata.name, container: 'web' }, command);
    };
    const shell = (where: Context, script: string) => inWeb(where, ['sh', '-c', script]);
    await Promise.all([context, standby].map(makeShop));

    await runTo('standby.yaml');
    await other.offer(standby, namespace, 'uploads-dr');
    assert.match(await runTo('link uploads '), /SyncReplica uploads made/);
    await runTo('--for=condition=InSync');
    await inWeb(context, ['node', '-e', fill]);
    const home = await context.volumePath(namespace, 'uploads');
    const copy = join(await standby.volumePath(namespace, 'data-uploads-dr-0'), 'data');
    await context.waitFor('all of it in the other cluster', async () => readdirSync(join(copy, 'a')).length === files);

    await context.step('what link made is renewed', () => renew(context, () => runTo('link-renewal.yaml')));
    await shell(context, 'echo renewed > /data/renewed');
    await context.waitFor('a change after it', async () => existsSync(join(copy, 'renewed')));

    await context.step('the main cluster is cut off, and its application goes on', async () => {
      await other.cut();
      await shell(context, 'echo lost > /data/lost && echo lost > /data/a/4');
    });
    const began = performance.now();
    await runTo('promote uploads dr');
    const promotion = (await standby.get('syncreplica', 'uploads', namespace)).status.promotions[0];
    context.log(`promoted in ${Math.round(performance.now() - began)} ms; lost: ${promotion.loss}`);
    assert.match(
      promotion.loss,
      /^(nothing: nothing was pending|nothing that is known: |\d+\.\d+ s, \d+ changes?, from )/,
    );
    assert.ok(!existsSync(join(copy, 'lost')));
    await runTo('started-elsewhere.yaml');
    await shell(standby, change);
    await context.step('the main cluster is back, and its writer finds nobody who takes anything', async () => {
      await other.mend();
      const mendedAt = Date.now();
      await context.waitFor('another try of it', async () => {
        const row = await replicaRow(context, namespace, 'uploads', 'standby');
        return row?.state === 'Offline' && Date.parse(row.lastError?.time) > mendedAt;
      });
      assert.ok(!existsSync(join(copy, 'lost')));
    });
    assert.equal((await shell(standby, 'ls /data/a | wc -l')).trim(), String(files - 1));

    await runTo('taken-back.yaml');
    await other.offer(context, namespace, 'uploads-back-home');
    const before = await other.crossed();
    await runTo('--for=condition=InSync');
    const taken = join(home, 'data');
    await shell(standby, 'echo last > /data/last');
    await context.waitFor('the change at home', async () => existsSync(join(taken, 'last')));
    const crossed = (await other.crossed()) - before;
    const share = ((crossed / (files * fileBytes)) * 100).toFixed(2);
    context.log(`${crossed} bytes crossed between the clusters, both ways, of ${files * fileBytes}: ${share} %`);
    assert.ok(crossed < files * fileBytes * 0.02, `${crossed} bytes`);

    await runTo('--for=delete pods');
    await untilSameFolders(context, copy, taken);
    await runTo('--for=condition=InSync');
    assert.deepEqual(commands, []);
    assert.equal((await shell(context, 'cat /data/b/new /data/a/2 /data/last')).trim(), 'new\nchanged\nlast');
    assert.ok(!existsSync(join(taken, 'lost')));
    await shell(context, 'echo again > /data/again');
    await context.waitFor('the first direction', async () => existsSync(join(copy, 'again')));
    await context.kubectl(['scale', '--namespace', namespace, 'deployment/web', '--replicas=0']);
    await context.kubectl(['wait', '-n', namespace, '--for=delete', 'pods', '--selector=app=web', '--timeout=120s']);
    await untilSameFolders(context, taken, copy);
    for (const where of [context, standby]) await where.kubectl(['delete', 'namespace', namespace]);
  },
});

/** The namespace of the page, and nothing of an earlier try. */
const makeShop = async (where: Context): Promise<void> => {
  await where.kubectl(['delete', 'namespace', namespace, '--ignore-not-found']);
  const labels = { 'e2e.syncreplica.io/scenario': 'two-clusters' };
  await where.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } });
  await where.waitFor('its service account', () => where.get('serviceaccount', 'default', namespace));
};

/** The receiver's password is made anew; the CronJob of the page, run once, brings it over. */
const renew = async (context: Context, apply: () => Promise<unknown>): Promise<void> => {
  const standby = context.other.context;
  const linked = async (): Promise<string> =>
    (await context.get('secret', 'uploads-standby-link', namespace)).data.password;
  const password = await linked();
  await standby.apply(reader, namespace);
  const token = (await standby.kubectl(['create', 'token', 'linker', '--namespace', namespace])).trim();
  const config = JSON.parse(await standby.kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']));
  const [{ cluster }] = config.clusters;
  const server = { ...cluster, server: context.other.server, 'tls-server-name': 'kubernetes' };
  const kubeconfig = {
    ...config,
    clusters: [{ name: 'standby', cluster: server }],
    users: [{ name: 'linker', user: { token } }],
    contexts: [{ name: 'standby', context: { cluster: 'standby', user: 'linker' } }],
    'current-context': 'standby',
  };
  const metadata = { name: 'standby-kubeconfig' };
  const stringData = { kubeconfig: JSON.stringify(kubeconfig) };
  await context.apply({ apiVersion: 'v1', kind: 'Secret', metadata, stringData }, namespace);
  await apply();
  // The page names the public image; here it is the one that was built.
  const image = ['set', 'image', 'cronjob/link-uploads', `link=${projectImages.operator}`, '--namespace', namespace];
  await context.kubectl(image);
  await standby.kubectl(['delete', 'secret', 'uploads-dr-srep-receiver', '--namespace', namespace]);
  await context.waitFor('another password there', async () => {
    const found = await standby.get('secret', 'uploads-dr-srep-writer', namespace);
    return found !== undefined && found.data.password !== password;
  });
  await context.kubectl(['create', 'job', 'renew', '--from=cronjob/link-uploads', '--namespace', namespace]);
  await context.kubectl(['wait', 'job/renew', '--for=condition=Complete', '--timeout=120s', '--namespace', namespace]);
  assert.notEqual(await linked(), password);
  await untilCondition(context, namespace, 'uploads', 'InSync', 'True');
};

/** Who may read in the standby cluster what the CronJob needs, and no more. */
const reader: readonly KubeObject[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'linker' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'linker' },
    rules: [
      { apiGroups: ['syncreplica.io'], resources: ['syncreplicas'], resourceNames: ['uploads'], verbs: ['get'] },
      { apiGroups: [''], resources: ['services'], resourceNames: ['uploads-dr'], verbs: ['get'] },
      { apiGroups: [''], resources: ['secrets'], resourceNames: ['uploads-dr-srep-writer'], verbs: ['get'] },
    ],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'linker' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'linker' },
    subjects: [{ kind: 'ServiceAccount', name: 'linker', namespace }],
  },
];

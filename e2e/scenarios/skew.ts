import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { earlierFolder, earlierValues, earlierVersion } from '../cluster/earlier-images.ts';
import { installChart, readValues } from '../harness/chart.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { edit } from '../harness/look/replicas.ts';
import { type ReplicatedApplication, startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const project = dirname(dirname(import.meta.dirname));

/**
 * The operator is upgraded from the version before and taken back: agents live on as their pods do, and hear, report and
 * replicate all the while; what is too old is named, with the pods to start again.
 */
export const scenario = defineScenario({
  name: 'skew',
  needsFaults: true,
  needsEarlier: true,
  async run(context) {
    const folder = mkdtempSync(join(tmpdir(), 'syncreplica-skew-'));
    const values = join(folder, 'values.json');
    const added = join(folder, 'earlier.json');
    writeFileSync(values, await readValues(context));
    writeFileSync(added, JSON.stringify(earlierValues));
    const before = earlierFolder(process.env);
    const toEarlier = () =>
      installChart(context, { project: before, values: [join(before, 'e2e/chart-values.yaml'), added] });
    const toNow = () => installChart(context, { project, values: [values] });
    try {
      await context.step('the version before', toEarlier);
      const web = await startApplication(context);
      await replicates(web, 'first');
      await context.step('upgraded', () => upgraded(context, web, toNow));
      await context.step('taken back', () => takenBack(context, web, toEarlier));
    } finally {
      await context.step('today’s again', toNow);
      rmSync(folder, { recursive: true, force: true });
    }
  },
});

const replicates = async (web: ReplicatedApplication, name: string): Promise<void> => {
  await web.run(
    `cd /data && mkdir -p ${name}/a && seq 2000 > ${name}/numbers && echo x > ${name}/a/x && mv ${name}/a ${name}/b && rm -f gone && echo > gone`,
  );
  await web.untilSame();
};

/** Agents of the version before under today's operator, beside receivers of both; then agents of today too. */
const upgraded = async (context: Context, web: ReplicatedApplication, toNow: () => Promise<void>): Promise<void> => {
  const { namespace, name } = web;
  const old = (await web.pod()).metadata.name;
  await toNow();
  await untilReceiverRuns(context, namespace, 'dev');
  const outdated = await untilCondition(context, namespace, name, 'AgentsOutdated', 'True');
  assert.match(outdated.message, new RegExp(old));
  await untilReady(context, namespace, name, 'True');
  await untilCondition(context, namespace, name, 'InSync', 'True');
  await replicates(web, 'old-agent');
  await obeys(context, web);
  assert.equal((await web.pod()).metadata.name, old, 'nothing was started again');
  const { agents } = (await context.get('syncreplica', name, namespace)).status.versions;
  assert.match(JSON.stringify(agents), new RegExp(earlierVersion));

  await context.kubectl(['rollout', 'restart', `deployment/${name}`, '-n', namespace]);
  await untilCondition(context, namespace, name, 'AgentsOutdated', 'False');
  await untilReady(context, namespace, name, 'True');
  await replicates(web, 'new-agent');
};

/** Agents of today under the operator of before, and its receivers. */
const takenBack = async (
  context: Context,
  web: ReplicatedApplication,
  toEarlier: () => Promise<void>,
): Promise<void> => {
  const { namespace, name } = web;
  await toEarlier();
  await untilReceiverRuns(context, namespace, 'earlier');
  await untilReady(context, namespace, name, 'True');
  await replicates(web, 'taken-back');
  await untilCondition(context, namespace, name, 'InSync', 'True');
  await obeys(context, web);
};

/** An agent does what an edit says, by whichever operator it comes. */
const obeys = async (context: Context, { namespace, name, run, untilSame }: ReplicatedApplication): Promise<void> => {
  await edit(context, namespace, name, { paused: true });
  await untilReady(context, namespace, name, 'False', 'Paused');
  await run('echo while paused > /data/paused');
  await edit(context, namespace, name, { paused: false });
  await untilReady(context, namespace, name, 'True');
  await untilSame();
};

const untilReceiverRuns = (context: Context, namespace: string, tag: string): Promise<KubeObject> =>
  context.waitFor(`a receiver of ${tag}`, async () => {
    const pod = await context.get('pod', 'web-dr-0', namespace);
    const isReady = pod?.status.containerStatuses?.every(({ ready }: KubeObject) => ready);
    return isReady && pod.spec.containers[0].image.endsWith(`:${tag}`) && pod;
  });

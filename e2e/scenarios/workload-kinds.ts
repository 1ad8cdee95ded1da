import assert from 'node:assert/strict';
import { operatorNamespace } from '../harness/chart.ts';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { inApp } from '../harness/look/pods.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/**
 * Workloads that are not always there: the last writes of a Job are on the target when it is done, and while nobody is there
 * everything is in place, in sync, and no alert has a reason. A DaemonSet is replicated as any other.
 */
export const scenario = defineScenario({
  name: 'workload-kinds',
  needsFaults: true,
  async run(context) {
    const namespace = await context.namespace();
    await context.step('a Job', async () => {
      const template = await prepare(context, namespace, 'job');
      await context.apply(jobOf('job', template), namespace);
      await untilDone(context, namespace, 'job', 'job');
    });
    await context.step('a CronJob between its runs', async () => {
      const template = await prepare(context, namespace, 'cron');
      const jobTemplate = { spec: jobOf('cron', template).spec };
      const cronJob = { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'cron' } };
      await context.apply({ ...cronJob, spec: { schedule: '0 0 1 1 *', jobTemplate } }, namespace);
      for (const run of ['cron-1', 'cron-2']) {
        await context.kubectl(['create', 'job', run, '--from=cronjob/cron', '-n', namespace]);
        await untilDone(context, namespace, 'cron', run);
      }
    });
    await context.step('a DaemonSet', async () => {
      const template = await prepare(
        context,
        namespace,
        'daemon',
        "date +%N > /data/own; trap 'exit 0' TERM; while true; do sleep 0.2; done",
      );
      const daemonSet = { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'daemon' } };
      const selector = { matchLabels: { app: 'daemon' } };
      await context.apply({ ...daemonSet, spec: { selector, template } }, namespace);
      await untilReady(context, namespace, 'daemon', 'True');
      await untilCondition(context, namespace, 'daemon', 'InSync', 'True');
      await untilSame(context, namespace, 'daemon', 'data-daemon-dr-0');
    });
    await context.step('a Deployment that is scaled to zero and back', async () => {
      await prepare(context, namespace, 'web');
      const [, deployment] = makeApplication(context, { name: 'web' });
      await context.apply(deployment, namespace);
      await untilReady(context, namespace, 'web', 'True');
      await untilCondition(context, namespace, 'web', 'InSync', 'True');
      const scale = (replicas: number) =>
        context.kubectl(['scale', 'deployment', 'web', `--replicas=${replicas}`, '-n', namespace]);
      await scale(0);
      await untilQuiet(context, namespace, 'web');
      await scale(1);
      await untilReady(context, namespace, 'web', 'True');
      await untilCondition(context, namespace, 'web', 'InSync', 'True');
    });
  },
});

/** Works until it is told to end, and writes last of all. */
const run = 'rm -f /data/go; until [ -e /data/go ]; do sleep 0.2; done; date +%N > /data/own';

/** A claim and its SyncReplica, in place before anybody uses them; gives a template of pods that mount the claim. */
const prepare = async (context: Context, namespace: string, name: string, script = run): Promise<KubeObject> => {
  const [claim, deployment] = makeApplication(context, { name, script });
  await context.apply([claim, makeReplica(name)], namespace);
  await untilReady(context, namespace, name, 'True', 'NoPods');
  return deployment.spec.template;
};

const jobOf = (name: string, template: KubeObject): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
});

/** It ends although its agent would not, and what it wrote at its very end is on the target. */
const untilDone = async (context: Context, namespace: string, name: string, job: string): Promise<void> => {
  const [pod] = await context.waitFor(`a pod of ${job}`, async () => {
    const pods = await context.list('pods', namespace, `job-name=${job}`);
    return pods.length === 1 && pods;
  });
  await untilReady(context, namespace, name, 'True');
  await untilCondition(context, namespace, name, 'InSync', 'True');
  await inApp(context, namespace, pod.metadata.name, 'touch /data/go');
  await context.kubectl(['wait', '--for=condition=Complete', `job/${job}`, '-n', namespace, '--timeout=120s']);
  await untilSame(context, namespace, name, `data-${name}-dr-0`);
  await untilQuiet(context, namespace, name);
};

/** Nobody is there: all is in place and in sync, and of what alerts look at nothing is amiss. */
const untilQuiet = async (context: Context, namespace: string, name: string): Promise<void> => {
  await untilReady(context, namespace, name, 'True', 'NoPods');
  await untilCondition(context, namespace, name, 'InSync', 'True');
  const figures = await figuresOf(context, namespace, name);
  const read = (metric: string): string | undefined =>
    figures.find((line) => line.startsWith(`syncreplica_${metric}{`))?.replace(/^.* /, '');
  assert.deepEqual(
    ['replica_source_pods', 'replica_lag_seconds', 'in_sync_replicas', 'pods_missing_sidecar'].map(read),
    ['0', '0', '1', '0'],
  );
  assert.ok(figures.some((line) => line.startsWith('syncreplica_replica_state{') && line.includes('state="Idle"')));
};

/** What the operator exposes of a SyncReplica. */
const figuresOf = async (context: Context, namespace: string, name: string): Promise<string[]> => {
  const pods = await context.list('pods', operatorNamespace, 'app.kubernetes.io/component=operator');
  assert.ok(pods.length > 0);
  const pages = await Promise.all(
    pods.map(({ metadata, spec }) => {
      const port = spec.containers[0].ports.find((one: KubeObject) => one.name === 'metrics').containerPort;
      const pod = `/api/v1/namespaces/${operatorNamespace}/pods/${metadata.name}:${port}`;
      return context.kubectl(['get', '--raw', `${pod}/proxy/metrics`]);
    }),
  );
  const labels = `replica_namespace="${namespace}",replica="${name}"`;
  return pages.flatMap((page) => page.split('\n').filter((line) => line.includes(labels)));
};

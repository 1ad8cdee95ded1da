import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilCondition, untilReady } from '../harness/look/conditions.ts';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { untilSame } from '../harness/look/trees.ts';
import { makeApplication } from '../harness/make/application.ts';
import { makeReplica } from '../harness/make/replica.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

/**
 * Helm, Argo CD and Flux apply a Deployment before kinds that they don't know. By `restart: Rollout`, or by the label
 * `required`, the order does not matter; and where the application began on an empty volume the replica stays as it was.
 */
export const scenario = defineScenario({
  name: 'order',
  needsFaults: true,
  async run(context) {
    await context.step('helm, and a restart', () => installByHelm(context));
    await context.step('a Deployment first, whose pods must have an agent', () => waitsForItsReplica(context));
    await context.step('a cluster made anew in the wrong order', () => missesItsRestore(context));
  },
});

/** A release with a claim, a Deployment and a SyncReplica, in the order that helm itself takes. */
const installByHelm = async (context: Context): Promise<void> => {
  const namespace = await context.namespace();
  const chart = mkdtempSync(join(tmpdir(), 'syncreplica-shop-'));
  const install = () =>
    context.helm(['upgrade', '--install', 'shop', chart, '-n', namespace, '--wait', '--timeout', '3m']);
  const revision = async (): Promise<string> =>
    (await context.get('deployment', 'web', namespace))?.metadata.annotations['deployment.kubernetes.io/revision'];
  try {
    mkdirSync(join(chart, 'templates'));
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 0.1.0\n');
    const replica = makeReplica('web', { injection: { restart: 'Rollout' } });
    const objects = [replica, ...makeApplication(context)].map((object) => JSON.stringify(object));
    writeFileSync(join(chart, 'templates/all.yaml'), objects.join('\n---\n'));
    await install();
    await untilReady(context, namespace, 'web', 'True');
    assert.deepEqual(agentsOf(await runningPod(context, namespace, 'web')), ['syncreplica-agent-web']);
    await provesReplication(context, namespace, 'web', 'web');
    const restarts = (await context.list('events.events.k8s.io', namespace)).filter(
      ({ reason, regarding }: KubeObject) => reason === 'Restarted' && regarding.kind === 'Deployment',
    );
    // A pod that its Deployment makes only after helm is done has its agent at once.
    assert.ok(restarts.length <= 1, `${restarts.length} restarts`);
    const restarted = `${restarts.length + 1}`;
    assert.equal(await revision(), restarted);
    await install();
    await untilReady(context, namespace, 'web', 'True');
    assert.equal(await revision(), restarted, 'helm takes nothing back, and nothing is restarted again');
  } finally {
    rmSync(chart, { recursive: true, force: true });
  }
};

const mark = 'syncreplica.io/inject';

const waitsForItsReplica = async (context: Context): Promise<void> => {
  for (const demand of ['its label', 'the label of its namespace']) {
    const namespace = await context.namespace();
    const isOwn = demand === 'its label';
    if (!isOwn) await context.kubectl(['label', 'namespace', namespace, `${mark}=required`]);
    await context.apply(makeApplication(context, isOwn ? { labels: { [mark]: 'required' } } : {}), namespace);
    await context.waitFor('the refusal', async () =>
      (await context.list('events', namespace)).some(
        ({ reason, message }: KubeObject) =>
          reason === 'FailedCreate' && message.includes(`by ${demand} (${mark}: required) the pod must have an agent`),
      ),
    );
    await context.apply(makeReplica('web'), namespace);
    await untilReady(context, namespace, 'web', 'True');
    assert.deepEqual(agentsOf(await runningPod(context, namespace, 'web')), ['syncreplica-agent-web']);
    await provesReplication(context, namespace, 'web', 'web');
  }
};

const missesItsRestore = async (context: Context): Promise<void> => {
  const namespace = await context.namespace();
  const replica = makeReplica('web', { restore: 'IfEmpty', injection: { restart: 'Rollout' } });
  // What many applications do with an empty volume.
  const script =
    "[ -e /data/began ] || echo 'a fresh start' > /data/began; trap 'exit 0' TERM; while true; do sleep 0.2; done";
  const application = makeApplication(context, { script });
  await context.apply([replica, ...application], namespace);
  await untilReady(context, namespace, 'web', 'True');
  const { name } = (await runningPod(context, namespace, 'web')).metadata;
  await inApp(context, namespace, name, "echo 'years of work' > /data/began");
  await untilSame(context, namespace, 'web', 'data-web-dr-0');
  const copy = join(await context.volumePath(namespace, 'data-web-dr-0'), 'data/began');

  const clear = async (...more: string[]): Promise<void> => {
    await context.kubectl(['delete', ...more, 'deployment/web', 'persistentvolumeclaim/web', '-n', namespace]);
    await context.waitFor('all to be gone', async () => {
      const [pods, found] = [await context.list('pods', namespace), await context.get('syncreplica', 'web', namespace)];
      return more.length > 0
        ? pods.length === 0 && found === undefined
        : pods.every(({ metadata }) => metadata.labels.app !== 'web');
    });
  };
  await clear('syncreplica/web');
  await context.apply(application, namespace);
  await runningPod(context, namespace, 'web');
  await context.apply(replica, namespace);
  const degraded = await context.waitFor('what is said of it', async () => {
    const found = await untilCondition(context, namespace, 'web', 'Degraded', 'True');
    return found.reason === 'RestoreMissed' && found;
  });
  assert.match(degraded.message, /nothing is written to the target until you choose/);
  assert.equal(readFileSync(copy, 'utf8'), 'years of work\n');

  // The replica counts: the claim is made anew, now that the SyncReplica is there.
  await clear();
  await context.apply(application, namespace);
  const restored = await runningPod(context, namespace, 'web');
  assert.equal(await inApp(context, namespace, restored.metadata.name, 'cat /data/began'), 'years of work\n');
  await context.waitFor('nothing to be wrong any more', async () => {
    const found = await context.get('syncreplica', 'web', namespace);
    const [inSync] = found?.status?.conditions?.filter(({ type }: KubeObject) => type === 'InSync') ?? [];
    return inSync?.status === 'True';
  });
};

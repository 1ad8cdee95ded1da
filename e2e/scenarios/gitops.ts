import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { blocksOf } from '../docs/read-documents.ts';
import { byArgo, byFlux, byKustomize, documented, type Installer } from '../gitops/installers.ts';
import { syncAsArgo, waveAnnotation } from '../gitops/sync-as-argo.ts';
import { installChart, operatorNamespace, readValues } from '../harness/chart.ts';
import { runDocumented } from '../harness/documented.ts';
import { untilReady } from '../harness/look/conditions.ts';
import { agentsOf, inApp, runningPod } from '../harness/look/pods.ts';
import { provesReplication } from '../harness/look/replicas.ts';
import { makeApplication } from '../harness/make/application.ts';
import { startApplication } from '../harness/make/replicated-application.ts';
import { type Context, defineScenario, type KubeObject } from '../harness/scenario.ts';

const project = dirname(dirname(import.meta.dirname));
const kind = 'syncreplicas.syncreplica.io';
const mark = { 'syncreplica.io/inject': 'required' };
/** What many applications do with an empty volume. */
const script =
  "[ -e /data/began ] || echo 'a fresh start' > /data/began; trap 'exit 0' TERM; while true; do sleep 0.2; done";
const replica = (): KubeObject => documented('web', 'SyncReplica');

/**
 * A cluster that is made anew, by the tools of the page on GitOps, each in its own order: the application finds what its
 * replica kept, none of them waits for ever, and what was said in place was in place.
 */
export const scenario = defineScenario({
  name: 'gitops',
  needsFaults: true,
  async run(context) {
    await context.step('helm: one release, the Deployment before the SyncReplica', () =>
      comesBack(context, (namespace) => installByHelm(context, namespace)),
    );
    await context.step('Argo CD: one wave, the Deployment before the SyncReplica', () =>
      comesBack(context, (namespace) => syncAsArgo(context, [...application(context, mark), replica()], namespace)),
    );
    for (const installer of [byFlux, byArgo, byKustomize])
      await context.step(`${installer.name}: operator and application, on a cluster that has neither`, () =>
        onFreshCluster(context, installer),
      );
  },
});

const application = (context: Context, labels = {}): readonly KubeObject[] =>
  makeApplication(context, { script, labels });

/** An application whose volume was lost and whose replica was not, made again by `apply`. */
const comesBack = async (context: Context, apply: (namespace: string) => Promise<void>): Promise<void> => {
  const namespace = await loseApplication(context);
  await apply(namespace);
  await foundItsData(context, namespace);
};

const loseApplication = async (context: Context): Promise<string> => {
  const app = await startApplication(context, replica().spec, { script });
  await app.run("echo 'years of work' > /data/began");
  await app.untilSame();
  const { namespace } = app;
  await context.kubectl([
    'delete',
    'syncreplica/web',
    'deployment/web',
    'persistentvolumeclaim/web',
    '--namespace',
    namespace,
  ]);
  await context.waitFor('its pods to be gone', async () => (await context.list('pods', namespace)).length === 0);
  return namespace;
};

const foundItsData = async (context: Context, namespace: string): Promise<void> => {
  await untilReady(context, namespace, 'web', 'True');
  const pod = await runningPod(context, namespace, 'web');
  assert.deepEqual(agentsOf(pod), ['syncreplica-agent-web']);
  assert.equal(await inApp(context, namespace, pod.metadata.name, 'cat /data/began'), 'years of work\n');
  assert.equal(pod.metadata.generateName?.startsWith('web-'), true);
  await provesReplication(context, namespace, 'web', 'web');
};

const installByHelm = async (context: Context, namespace: string): Promise<void> => {
  const chart = mkdtempSync(join(tmpdir(), 'syncreplica-shop-'));
  try {
    mkdirSync(join(chart, 'templates'));
    writeFileSync(join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: shop\nversion: 0.1.0\n');
    const objects = application(context, mark).map((object) => JSON.stringify(object));
    writeFileSync(join(chart, 'templates/application.yaml'), objects.join('\n---\n'));
    writeFileSync(join(chart, 'templates/replica.yaml'), JSON.stringify(replica()));
    const [command = ''] = blocksOf('docs/gitops.md', 'sh');
    const here = command.trim().replace('--namespace shop', `--namespace ${namespace}`).replace('./shop', chart);
    await runDocumented(context, here);
  } finally {
    rmSync(chart, { recursive: true, force: true });
  }
};

/** Without operator, kind and authority; what the installer made goes again, and the operator is as it was. */
const onFreshCluster = async (context: Context, installer: Installer): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-fresh-'));
  const values = join(folder, 'values.json');
  const removeRest = async (): Promise<void> => {
    await context.kubectl(['delete', 'crd', kind, '--ignore-not-found', '--timeout=120s'], { timeoutMs: 150_000 });
    const words = ['delete', 'namespace', operatorNamespace, '--ignore-not-found', '--timeout=120s'];
    await context.kubectl(words, { timeoutMs: 150_000 });
  };
  try {
    writeFileSync(values, await readValues(context));
    const namespace = await loseApplication(context);
    await context.helm(['uninstall', 'syncreplica', '--namespace', operatorNamespace, '--wait', '--timeout', '4m']);
    await removeRest();
    const fresh = { context, values, folder, namespace };
    try {
      const wave = { ...replica(), metadata: { name: 'web', annotations: { [waveAnnotation]: '-1' } } };
      const installed = installer.install(fresh);
      if (!installer.isOrdered) await installed;
      await Promise.all([
        installed,
        installer.apply(fresh, application(context, installer.isOrdered ? {} : mark), wave),
      ]);
      await foundItsData(context, namespace);
      await context.kubectl(['delete', 'syncreplica', 'web', '--namespace', namespace, '--timeout=120s']);
    } finally {
      await installer.remove(fresh);
      await removeRest();
      await installChart(context, { project, values: [values] });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { packChart } from '../../scripts/release/pack-chart.ts';
import { releaseOf } from '../../scripts/release/stage-program.ts';
import { runCommand } from '../cluster/command.ts';
import { blocksOf, commandsOf } from '../docs/read-documents.ts';
import { operatorNamespace, releaseName } from '../harness/chart.ts';
import { runDocumented } from '../harness/documented.ts';
import type { Context, KubeObject } from '../harness/scenario.ts';
import { applyAsFlux, buildFluxApply } from './apply-as-flux.ts';
import { syncAsArgo } from './sync-as-argo.ts';

const project = join(import.meta.dirname, '../..');
const chart = join(project, 'charts/syncreplica');
const page = 'docs/gitops.md';

/** A cluster without anything of ours: `values` are what the chart takes here, `namespace` is the application's. */
export interface Fresh {
  readonly context: Context;
  readonly values: string;
  readonly folder: string;
  readonly namespace: string;
}

/** A tool that puts operator and application there at once, as its block of the page says. */
export interface Installer {
  readonly name: string;
  /**
   * The SyncReplica comes before the application by the tool's own means, and operator and application may come at once. Elsewhere
   * pods say that they must have an agent, which nobody hears before the operator is there.
   */
  readonly isOrdered: boolean;
  install(fresh: Fresh): Promise<void>;
  apply(fresh: Fresh, application: readonly KubeObject[], replica: KubeObject): Promise<void>;
  remove(fresh: Fresh): Promise<void>;
}

const patientMs = 400_000;
/** What a tool does that is refused: again, later. */
const untilDone = (context: Context, what: string, work: () => Promise<void>): Promise<unknown> =>
  context.waitFor(what, async () => work().then(() => true), patientMs);

/** An object of the page, as it is written there. */
export const documented = (name: string, of: string): KubeObject => {
  const objects = blocksOf(page, 'yaml').flatMap((text) => parseAllDocuments(text).map((one) => one.toJS()));
  return objects.find(({ kind, metadata }) => kind === of && metadata.name === name) ?? assert.fail(`${of} ${name}`);
};

/** The HelmRelease by helm itself, the Kustomizations by Flux's library, one after the other as `dependsOn` says. */
export const byFlux: Installer = {
  name: 'Flux',
  isOrdered: true,
  async install({ context, values }) {
    const { spec } = documented('syncreplica', 'HelmRelease');
    assert.equal(spec.targetNamespace, operatorNamespace);
    const where = ['--namespace', spec.targetNamespace];
    const create = spec.install.createNamespace ? ['--create-namespace'] : [];
    const wait = ['--values', values, '--wait', '--timeout', '5m'];
    await context.helm(['upgrade', '--install', releaseName, chart, ...where, ...create, ...wait], {
      timeoutMs: patientMs,
    });
    if (spec.test.enable) await context.helm(['test', releaseName, ...where, '--timeout', '3m']);
  },
  async apply({ context, namespace }, application, replica) {
    const program = await buildFluxApply();
    const [replicas, shop] = ['replicas', 'shop'].map((name) => documented(name, 'Kustomization'));
    assert.deepEqual(shop.spec.dependsOn, [{ name: replicas.metadata.name }]);
    await untilDone(context, 'replicas', () =>
      applyAsFlux(context, program, [replica], { namespace, wait: replicas.spec.wait === true }),
    );
    await untilDone(context, 'shop', () => applyAsFlux(context, program, application, { namespace, wait: true }));
  },
  async remove({ context }) {
    await context.helm(['uninstall', releaseName, '--namespace', operatorNamespace, '--wait', '--timeout', '4m']);
  },
};

/** What Argo CD makes of the chart: its objects without hooks, which are none of its own. */
const rendered = async ({ context, values }: Fresh, application: KubeObject): Promise<KubeObject[]> => {
  const { namespace } = application.spec.destination;
  const words = ['template', application.spec.source.helm.releaseName, chart, '--namespace', namespace, '--no-hooks'];
  const text = await context.helm([...words, '--values', values]);
  const objects = parseAllDocuments(text).map((one) => one.toJS());
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    ...objects.filter((object) => object !== null),
  ];
};

export const byArgo: Installer = {
  name: 'Argo CD',
  isOrdered: true,
  async install(fresh) {
    const { context } = fresh;
    const application = documented('syncreplica', 'Application');
    const objects = await rendered(fresh, application);
    const sync = () => untilDone(context, 'syncreplica', () => syncAsArgo(context, objects, operatorNamespace));
    await sync();
    const bundle = async () => {
      const found = await context.get('mutatingwebhookconfiguration', releaseName);
      return found.webhooks.map(({ clientConfig }: KubeObject) => clientConfig.caBundle);
    };
    const written = await context.waitFor('the bundle', async () => {
      const found = await bundle();
      return found.every((one: unknown) => one !== undefined) && found;
    });
    await sync();
    assert.deepEqual(await bundle(), written, 'a second sync takes nothing back');
  },
  async apply({ context, namespace }, application, replica) {
    await untilDone(context, 'shop', () => syncAsArgo(context, [...application, replica], namespace));
  },
  async remove(fresh) {
    const objects = await rendered(fresh, documented('syncreplica', 'Application'));
    await removeAll(fresh.context, objects.reverse());
  },
};

/** The page's commands, with its overlay over a release's base and the images that are here. */
export const byKustomize: Installer = {
  name: 'kustomize',
  isOrdered: false,
  async install({ context, folder }) {
    const [apply = '', wait = ''] = byHand();
    await runDocumented(context, apply.replace('./syncreplica', await overlay(folder)));
    await runDocumented(context, wait);
  },
  async apply({ context, namespace, folder }, application, replica) {
    const own = join(folder, 'shop');
    mkdirSync(own, { recursive: true });
    const objects = [...application, replica].map((object) => JSON.stringify(object));
    writeFileSync(join(own, 'all.yaml'), objects.join('\n---\n'));
    writeFileSync(join(own, 'kustomization.yaml'), `namespace: ${namespace}\nresources: [all.yaml]\n`);
    await runDocumented(context, byHand().at(-1)?.replace('./shop', own) ?? '');
  },
  async remove({ context, folder }) {
    const text = await context.kubectl(['kustomize', await overlay(folder)]);
    await removeAll(
      context,
      parseAllDocuments(text)
        .map((one) => one.toJS())
        .reverse(),
    );
  },
};

const byHand = (): string[] => commandsOf(page).filter((command) => command.startsWith('kubectl '));

const overlay = async (folder: string): Promise<string> => {
  const own = join(folder, 'overlay');
  const [out, work] = [join(folder, 'out'), join(folder, 'work')];
  for (const path of [own, out, work]) mkdirSync(path, { recursive: true });
  await packChart(releaseOf(project, out, work, 1_700_000_000));
  const base = `syncreplica-kustomize-${packageJson.version}`;
  await runCommand('tar', ['-xzf', join(out, `${base}.tar.gz`), '-C', own]);
  const text =
    blocksOf(page, 'yaml').find((one) => one.includes(`resources: [${base}]`)) ??
    assert.fail('the page has no overlay');
  const here = text
    .replace('newName: registry.example.com/syncreplica/operator', 'newName: e2e.syncreplica.io/operator, newTag: dev')
    .replace(/registry\.example\.com\/syncreplica\/agent:[\d.]+/, 'e2e.syncreplica.io/agent:dev');
  assert.doesNotMatch(here, /registry\.example\.com/);
  writeFileSync(join(own, 'kustomization.yaml'), here);
  return own;
};

const removeAll = async (context: Context, objects: readonly KubeObject[]): Promise<void> => {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const words = ['delete', '--ignore-not-found', '--timeout=120s', '--filename', '-'];
  await context.kubectl(words, { input, timeoutMs: 200_000 });
};

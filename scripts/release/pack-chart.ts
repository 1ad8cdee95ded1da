import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments, stringify } from 'yaml';
import { helm } from '../../e2e/chart/render.ts';
import { packFolder } from './pack-program.ts';
import type { ReleaseOptions } from './stage-program.ts';

const namespace = 'syncreplica-system';

const run = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await helm(args);
  if (code !== 0) throw new Error(`run helm ${args[0]}: ${stderr}`);
  return stdout;
};

/** What helm would install, without hooks: those are run by Helm alone. */
export const renderObjects = async (project: string): Promise<Record<string, unknown>[]> => {
  const chart = join(project, 'charts/syncreplica');
  const off = ['--set', 'tests.enabled=false', '--set', 'uninstall.releaseFinalizers=false'];
  const text = await run('template', 'syncreplica', chart, '--namespace', namespace, '--no-hooks', ...off);
  return parseAllDocuments(text)
    .map((document) => document.toJS())
    .filter((object) => object !== null);
};

/** The chart's package, a manifest for kubectl, and a base for kustomize. */
export const packChart = async (options: ReleaseOptions): Promise<string[]> => {
  const { project, out, work, version } = options;
  await run('package', join(project, 'charts/syncreplica'), '--destination', work);
  // npm's package has the same name.
  const chart = join(out, `syncreplica-chart-${version}.tgz`);
  cpSync(join(work, `syncreplica-${version}.tgz`), chart);

  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } },
    ...(await renderObjects(project)),
  ];
  const documents = (of: readonly object[]): string =>
    of.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
  const manifest = join(out, `syncreplica-${version}.yaml`);
  writeFileSync(manifest, documents(objects));

  const base = join(work, 'kustomize', `syncreplica-kustomize-${version}`);
  mkdirSync(base, { recursive: true });
  writeFileSync(join(base, 'syncreplica.yaml'), documents(objects));
  writeFileSync(
    join(base, 'kustomization.yaml'),
    stringify({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['syncreplica.yaml'],
    }),
  );
  const kustomize = join(out, `syncreplica-kustomize-${version}.tar.gz`);
  await packFolder(join(work, 'kustomize'), `syncreplica-kustomize-${version}`, kustomize, options);
  return [chart, manifest, kustomize];
};

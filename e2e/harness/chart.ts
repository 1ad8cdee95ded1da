import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ClusterError } from '../cluster/failure.ts';
import type { Context } from './scenario.ts';

/** Where the operator is installed, and under which name. */
export const operatorNamespace = 'syncreplica-system';
export const releaseName = 'syncreplica';

/** How the chart is installed: `values` are files for helm, in order. */
export interface ChartOptions {
  readonly project: string;
  readonly values: readonly string[];
}

/** The values that the release was given, as a file for helm. */
export const readValues = (context: Context): Promise<string> =>
  context.helm(['get', 'values', releaseName, '--namespace', operatorNamespace, '--output', 'json']);

/**
 * Installs the project's chart, or upgrades it, with the real helm, into a namespace that enforces Pod Security
 * "restricted", and waits until it runs. An operator that ran already starts anew: its image may be another of the same name.
 */
export async function installChart(context: Context, options: ChartOptions): Promise<void> {
  const chart = join(options.project, 'charts', 'syncreplica');
  if (!existsSync(join(chart, 'Chart.yaml'))) {
    throw new ClusterError(
      'no-chart',
      `install ${chart}: no Chart.yaml in it`,
      'Scenarios of the operator need the chart',
    );
  }
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  await context.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: operatorNamespace, labels } });
  const before = await context.list('deployments', operatorNamespace);
  const files = options.values.flatMap((file) => ['--values', file]);
  const words = ['upgrade', '--install', releaseName, chart, '--namespace', operatorNamespace, ...files];
  await context.helm([...words, '--wait', '--timeout', '4m']);
  if (before.length === 0) return;
  await context.kubectl(['--namespace', operatorNamespace, 'rollout', 'restart', 'deployment']);
  await context.kubectl(['--namespace', operatorNamespace, 'rollout', 'status', 'deployment', '--timeout=240s']);
}

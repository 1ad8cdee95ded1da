import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OutsideProgram } from '../cluster/outside.ts';
import { releaseName } from './chart.ts';
import type { Context } from './scenario.ts';

const plugin = join(import.meta.dirname, '../../bin/kubectl-syncreplica.mjs');
const person = 'on-call';

/** `kubectl syncreplica` in one namespace, where the API server can be reached, by one person. */
export interface Plugin {
  start(verb: string, ...words: readonly string[]): OutsideProgram;
  /** Runs it until it says so, then ends it. */
  untilSays(says: RegExp, verb: string, ...words: readonly string[]): Promise<void>;
}

/** Whose rights it has: those of the chart's role and no more, or all. */
export type Rights = 'on-call' | 'administrator';

/** Gives the plugin to `work`; what it needs is gone after it. */
export const withPlugin = async <T>(
  context: Context,
  namespace: string,
  rights: Rights,
  work: (plugin: Plugin) => Promise<T>,
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-plugin-'));
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    const administrator = JSON.parse(await context.kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']));
    const config = rights === 'administrator' ? administrator : await asPerson(context, namespace, administrator);
    writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
    const start: Plugin['start'] = (verb, ...words) =>
      context.outside([process.execPath, plugin, verb, ...words, '--namespace', namespace, '--kubeconfig', kubeconfig]);
    return await work({
      start,
      async untilSays(says, verb, ...words) {
        const program = start(verb, ...words);
        try {
          await program.untilSays(says);
        } finally {
          await program.stop();
        }
      },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A ServiceAccount to which the chart's role is bound in the one namespace, and the same cluster by its token. */
const asPerson = async (
  context: Context,
  namespace: string,
  administrator: { readonly [field: string]: unknown },
): Promise<object> => {
  await context.apply(
    [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: person } },
      {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: person },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${releaseName}-on-call` },
        subjects: [{ kind: 'ServiceAccount', name: person, namespace }],
      },
    ],
    namespace,
  );
  const token = (await context.kubectl(['create', 'token', person, '--namespace', namespace])).trim();
  const [cluster] = administrator.clusters as { name: string }[];
  return {
    ...administrator,
    users: [{ name: person, user: { token } }],
    contexts: [{ name: person, context: { cluster: cluster?.name, user: person } }],
    'current-context': person,
  };
};

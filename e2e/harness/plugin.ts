import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { binaryFolder } from '../cluster/binaries.ts';
import type { OutsideProgram } from '../cluster/outside.ts';
import { makePageShell } from '../docs/page-shell.ts';
import { releaseName } from './chart.ts';
import type { Context } from './scenario.ts';

const plugin = join(import.meta.dirname, '../../bin/kubectl-syncreplica.mjs');
const person = 'on-call';

/** `kubectl syncreplica` in one namespace, where the API server can be reached, by one person. */
export interface Plugin {
  start(verb: string, ...words: readonly string[]): OutsideProgram;
  /** Runs it until it says so, then ends it. */
  untilSays(says: RegExp, verb: string, ...words: readonly string[]): Promise<void>;
  /** Runs a line of the pages as it stands there to its good end, in `folder`; gives what it printed. */
  shell(line: string): Promise<string>;
  readonly folder: string;
}

/** Whose rights it has: those of the chart's role for who is on call and no more, that for reading the past besides, or all. */
export type Rights = 'on-call' | 'history' | 'administrator';

/** Gives the plugin to `work`; what it needs is gone after it. */
export const withPlugin = async <T>(
  context: Context,
  namespace: string,
  rights: Rights,
  work: (plugin: Plugin) => Promise<T>,
): Promise<T> => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-plugin-'));
  try {
    const administrator = JSON.parse(await context.kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']));
    const roles = rights === 'history' ? ['on-call', 'history'] : ['on-call'];
    const config =
      rights === 'administrator' ? administrator : await asPerson(context, namespace, administrator, roles);
    const kubectl = join(binaryFolder(process.env), 'kubectl');
    const inShell = makePageShell({ folder, kubectl, config, namespace });
    const kubeconfig = join(folder, 'kubeconfig');
    const start: Plugin['start'] = (verb, ...words) =>
      context.outside([process.execPath, plugin, verb, ...words, '--namespace', namespace, '--kubeconfig', kubeconfig]);
    return await work({
      folder,
      start,
      async shell(line) {
        const program = context.outside(inShell(line));
        const code = await program.ended;
        if (code !== 0) throw new Error(`${line}: ended with ${code}: ${program.said()}`);
        return program.said();
      },
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

/** A ServiceAccount to which roles of the chart are bound in the one namespace, and the same cluster by its token. */
const asPerson = async (
  context: Context,
  namespace: string,
  administrator: { readonly [field: string]: unknown },
  roles: readonly string[],
): Promise<object> => {
  await context.apply(
    [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: person } },
      ...roles.map((role) => ({
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'RoleBinding',
        metadata: { name: `${person}-${role}` },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: `${releaseName}-${role}` },
        subjects: [{ kind: 'ServiceAccount', name: person, namespace }],
      })),
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

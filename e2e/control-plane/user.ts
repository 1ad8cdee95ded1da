import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlPlane } from './control-plane.ts';

export interface UserOptions {
  readonly name: string;
  readonly namespace: string;
  readonly rules: readonly object[];
  readonly folder: string;
}

/** A service account that may do these things in one namespace; answers with its kubeconfig. */
export const makeUser = async (plane: ControlPlane, options: UserOptions): Promise<string> => {
  const { name, namespace, rules, folder } = options;
  const rbac = 'rbac.authorization.k8s.io';
  await plane.apply(
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name, namespace }, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  );
  const token = (await plane.kubectl('create', 'token', name, '-n', namespace, '--duration=2h')).trim();
  const view = await plane.kubectl('config', 'view', '--raw', '--flatten', '--minify', '-o', 'json');
  const file = join(folder, `${name}.kubeconfig`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ ...JSON.parse(view).clusters[0], name: 'test' }],
    users: [{ name, user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: name } }],
    'current-context': 'test',
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
};

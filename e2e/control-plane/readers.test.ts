import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { waitFor } from '../../sidecar/agent/testing/agent-fixture.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { runCommand } from '../cluster/command.ts';
import { blocks } from '../docs/read-documents.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

describe('readers of a target, on a real apiserver', { skip }, () => {
  let plane: ControlPlane;

  before(async () => {
    plane = await startControlPlane();
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await plane.startOperator('operator-a');
  });
  after(() => plane?.stop());

  const withReaders = (readers: object | undefined) =>
    syncReplicaObject(namespace, 'uploads', {
      targets: [{ name: 'dr', managed: { storage: '1Gi', user: { uid: 1000 } }, ...(readers ? { readers } : {}) }],
    });
  const names = [
    'secrets/uploads-dr-srep-relay',
    'services/uploads-dr-readers-pods',
    'networkpolicies/uploads-dr-readers',
    'statefulsets/uploads-dr-readers',
  ];
  const areThere = async (): Promise<boolean[]> =>
    Promise.all(
      names.map(async (one) => {
        const [plural = '', name = ''] = one.split('/');
        return (await plane.get(plural, name, namespace)) !== undefined;
      }),
    );

  test('are made as the API server takes them, follow an edit, and go with the field', {
    timeout: 240_000,
  }, async (t) => {
    await plane.apply(claimObject(namespace, 'uploads'));
    await plane.apply(withReaders({ replicas: 3 }));
    await waitFor('all that readers need', async () => (await areThere()).every(Boolean), 120_000);
    const set = await plane.get('statefulsets', 'uploads-dr-readers', namespace);
    assert.equal(set?.spec?.replicas, 3);
    const secret = await plane.get('secrets', 'uploads-dr-srep-relay', namespace);
    const relay = JSON.parse(Buffer.from(secret?.data?.['relay.json'] ?? '', 'base64').toString());
    assert.deepEqual(relay.tree, { replicas: 3, fanOut: 16 });
    assert.equal(relay.host.join('2'), 'uploads-dr-readers-2.uploads-dr-readers-pods.shop.svc');
    await plane.apply(withReaders({ replicas: 5, fanOut: 2 }));
    await waitFor('two more', async () => {
      return (await plane.get('statefulsets', 'uploads-dr-readers', namespace))?.spec?.replicas === 5;
    });
    await t.test('a workload gets its copy by a patch, and is then what the page shows', () =>
      mountsAsDocumented(plane),
    );
    await plane.kubectl(
      'patch',
      'srep',
      'uploads',
      '-n',
      namespace,
      '--type=json',
      '-p',
      '[{"op":"remove","path":"/spec/targets/0/readers"}]',
    );
    await waitFor('all of it to go', async () => !(await areThere()).some(Boolean), 120_000);
    assert.ok(await plane.get('statefulsets', 'uploads-dr', namespace), 'the target stays');
  });
});

const plugin = join(import.meta.dirname, '../../src/cli/main.ts');

/** The example of the page from a DaemonSet that has nothing of it, by the command of the page. */
const mountsAsDocumented = async (plane: ControlPlane): Promise<void> => {
  const [shown] = blocks().flatMap(({ where, objects }) =>
    where.startsWith('docs/how-to-read-copies.md') ? objects.filter(({ kind }) => kind === 'DaemonSet') : [],
  );
  const [photos] = blocks().flatMap(({ where, objects }) =>
    where.startsWith('docs/how-to-read-copies.md') ? objects.filter(({ kind }) => kind === 'SyncReplica') : [],
  );
  const bare = structuredClone(shown);
  const pod = bare.spec.template.spec;
  const [{ name, image }] = pod.containers;
  bare.spec.template.spec = { containers: [{ name, image }] };
  await plane.apply(photos, bare);
  const words = ['mount-copy', 'photos', 'web', '--container', name, '--shared', 'photos-shared', '-n', 'shop'];
  const { stdout } = await runCommand(process.execPath, [
    plugin,
    '--as-kubectl-plugin',
    ...words,
    '--kubeconfig',
    plane.server.kubeconfig,
  ]);
  await plane.kubectl('patch', 'daemonset', 'nginx', '-n', 'shop', '--patch', stdout);
  const patched = (await plane.get('daemonset', 'nginx', 'shop'))?.spec.template.spec;
  await plane.kubectl('delete', 'daemonset', 'nginx', '-n', 'shop');
  await plane.apply(shown);
  const wanted = (await plane.get('daemonset', 'nginx', 'shop'))?.spec.template.spec;
  const byName = (list: readonly { name: string }[]) => [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
  assert.deepEqual(patched.nodeSelector, wanted.nodeSelector);
  assert.deepEqual(byName(patched.volumes), byName(wanted.volumes));
  assert.deepEqual(byName(patched.containers), byName(wanted.containers));
  const without = runCommand(process.execPath, [
    plugin,
    '--as-kubectl-plugin',
    'mount-copy',
    'uploads',
    'off',
    '--container',
    'a',
    '-n',
    'shop',
    '--kubeconfig',
    plane.server.kubeconfig,
  ]);
  await assert.rejects(without, /it has no readers[\s\S]*readers: \{ replicas: 3 \}/);
};

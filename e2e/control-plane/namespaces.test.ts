import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { release, renderJson } from '../chart/render.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type OperatorProcess, startControlPlane } from './control-plane.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';

const replica = (namespace: string) => ({
  apiVersion: 'syncreplica.io/v1alpha1',
  kind: 'SyncReplica',
  metadata: { name: 'uploads', namespace },
  spec: {
    source: { persistentVolumeClaim: 'uploads' },
    targets: [{ name: 'dr', managed: { storage: '1Gi', storageClassName: 'standard' } }],
  },
});
const claim = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'uploads', namespace },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', resources: { requests: { storage: '1Gi' } } },
});

/** With the rights that the chart gives for a list of namespaces, and those alone. */
describe('an operator that serves some namespaces', { skip }, () => {
  let plane: ControlPlane;
  let operator: OperatorProcess;
  const setOf = (namespace: string) => plane.get('statefulset', 'uploads-dr', namespace);

  before(async () => {
    plane = await startControlPlane();
    for (const name of ['shop', 'blog', 'other'])
      await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const kinds = ['ServiceAccount', 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'];
    const objects = await renderJson('watchNamespaces=["shop","blog"]', 'receiver.podLabels={"team":"storage"}');
    await plane.apply(...objects.filter(({ kind }) => kinds.includes(kind)));
    const { env } = objects.find(({ kind }) => kind === 'Deployment').spec.template.spec.containers[0];
    const wanted = ['SYNCREPLICA_WATCH_NAMESPACES', 'SYNCREPLICA_RECEIVER_DEFAULTS'];
    const rendered = (env as { name: string; value: string }[]).filter(({ name }) => wanted.includes(name));
    operator = await plane.startOperator('operator-a', {
      account: release.name,
      environment: Object.fromEntries(rendered.map(({ name, value }) => [name, value])),
    });
  });
  after(() => plane?.stop());

  test('serves each of them and leaves the others alone', async () => {
    for (const namespace of ['other', 'shop', 'blog']) await plane.apply(claim(namespace), replica(namespace));
    for (const namespace of ['shop', 'blog']) {
      const set = await plane.until(`the receiver in ${namespace}`, () => setOf(namespace));
      assert.equal(set.spec.template.metadata.labels.team, 'storage');
    }
    assert.equal(await setOf('other'), undefined);
    assert.equal((await plane.get('srep', 'uploads', 'other'))?.metadata.finalizers, undefined);
    assert.ok(!/list or watch failed/.test(operator.log()), operator.log());
  });
});

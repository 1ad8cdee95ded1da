import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { receiverName } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, startControlPlane } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

describe('names on a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  const replica = (name: string) => plane.get('srep', name, namespace);

  before(async () => {
    plane = await startControlPlane();
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      claimObject(namespace, 'web'),
    );
    await plane.startOperator('operator-a');
  });
  after(async () => plane?.stop());

  test('two SyncReplicas whose names could be read as one have nothing in common', async () => {
    const source = { persistentVolumeClaim: 'web' };
    const targets = (name: string) => [{ name, managed: { storage: '1Gi' } }];
    await plane.apply(
      syncReplicaObject(namespace, 'web', { source, targets: targets('eu-dr') }),
      syncReplicaObject(namespace, 'web-eu', { source, targets: targets('dr') }),
    );
    const settled = async (name: string, target: string): Promise<KubeItem> =>
      plane.until(`the receiver of ${name}`, () => plane.get('statefulset', receiverName(name, target), namespace));
    const sets = [await settled('web', 'eu-dr'), await settled('web-eu', 'dr')];
    assert.deepEqual(
      sets.map((set) => (set.metadata as unknown as { ownerReferences: { name: string }[] }).ownerReferences[0]?.name),
      ['web', 'web-eu'],
    );
    const passwords = async () =>
      (await plane.list('secrets', namespace))
        .filter(({ metadata }) => metadata.name.includes('srep-receiver'))
        .map((secret) => [secret.metadata.name, secret.data.password as string]);
    const first = await passwords();
    assert.equal(first.length, 2);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    assert.deepEqual(await passwords(), first, 'nobody changes what is the other one’s');
  });

  test('what is there and is somebody else’s is not touched, said, and outlives the SyncReplica', async () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop-api', namespace, labels: { of: 'user' } },
      spec: { selector: { app: 'mine' }, ports: [{ port: 80 }] },
    };
    await plane.apply(service, claimObject(namespace, 'shop'));
    const before = await plane.get('service', 'shop-api', namespace);
    const targets = ['api', 'dr'].map((name) => ({ name, managed: { storage: '1Gi' } }));
    await plane.apply(syncReplicaObject(namespace, 'shop', { targets }));
    const told = await plane.until('NameTaken', async () => {
      const item = await replica('shop');
      return findCondition(item, 'Ready')?.reason === 'NameTaken' && item;
    });
    assert.match(
      findCondition(told, 'Ready')?.message ?? '',
      /target api: the Service shop-api is there .* rename the target/,
    );
    await plane.until('the other target', () => plane.get('statefulset', 'shop-dr', namespace));
    assert.equal(await plane.get('statefulset', 'shop-api', namespace), undefined);
    assert.equal(await plane.get('secret', 'shop-api-srep-receiver', namespace), undefined, 'no certificate either');

    await plane.kubectl('delete', 'srep', 'shop', '-n', namespace, '--timeout=60s');
    assert.deepEqual(await plane.get('service', 'shop-api', namespace), before);
  });

  test('a name that becomes free is taken', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'late-dr', namespace } };
    await plane.apply(account, claimObject(namespace, 'late'), syncReplicaObject(namespace, 'late', {}));
    await plane.until('NameTaken', async () => findCondition(await replica('late'), 'Ready')?.reason === 'NameTaken');
    await plane.kubectl('delete', 'serviceaccount', 'late-dr', '-n', namespace);
    await plane.kubectl('annotate', 'srep', 'late', '-n', namespace, 'look=again');
    await plane.until('its receiver', () => plane.get('statefulset', 'late-dr', namespace));
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { agentSecretName } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, type KubeItem, startControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const volumes = 150;

const claimOf = (ordinal: number) => `data-db-${ordinal}`;
const member = (ordinal: number) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `db-${ordinal}`,
    namespace,
    labels: { app: 'db' },
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'db', controller: true }],
  },
  spec: {
    securityContext: { runAsUser: 1_000 },
    containers: [{ name: 'db', image: 'db', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claimOf(ordinal) } }],
  },
});
const sizeOf = (item: KubeItem | undefined): number => JSON.stringify(item).length;

describe(`a StatefulSet of ${volumes} volumes`, { skip }, () => {
  let plane: ControlPlane;
  const set = () => plane.get('statefulset', 'db-dr', namespace);
  const agentSecrets = async () =>
    (await plane.list('secret', namespace)).filter(
      ({ metadata }) => metadata.name.endsWith('srep-agent') || metadata.name.includes('srep-agent-'),
    );

  before(async () => {
    plane = await startControlPlane();
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    const ordinals = Array.from({ length: volumes }, (_, ordinal) => ordinal);
    await plane.apply(...ordinals.map((ordinal) => claimObject(namespace, claimOf(ordinal))), ...ordinals.map(member));
    await plane.startOperator('operator-a');
  });
  after(() => plane?.stop());

  test('has a receiver and a Secret for each, and no object grows with their number', async () => {
    const source = { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' };
    await plane.apply(syncReplicaObject(namespace, 'db', { source }));
    await plane.until('a receiver for each volume', async () => (await set())?.spec.replicas === volumes);
    const secrets = await plane.until('a Secret for each volume', async () => {
      const found = await agentSecrets();
      return found.length === volumes && found;
    });
    assert.ok(secrets.some(({ metadata }) => metadata.name === agentSecretName('db', claimOf(149))));
    const largest = Math.max(...secrets.map(sizeOf));
    assert.ok(largest < 32_768, `${largest} bytes`);
    const receiver = await plane.get('secret', 'db-dr-srep-receiver', namespace);
    assert.ok(sizeOf(receiver) < 32_768, `${sizeOf(receiver)} bytes`);
    const replica = await plane.until('a status', async () => {
      const item = await plane.get('srep', 'db', namespace);
      return item?.status?.conditions && item;
    });
    assert.ok(sizeOf(replica) < 262_144, `${sizeOf(replica)} bytes`);
  });

  test('one more volume touches none of the others', async () => {
    const versions = async () =>
      new Map((await agentSecrets()).map(({ metadata }) => [metadata.name, metadata.resourceVersion]));
    const earlier = await versions();
    await plane.apply(claimObject(namespace, claimOf(volumes)), member(volumes));
    await plane.until('one more receiver', async () => (await set())?.spec.replicas === volumes + 1);
    const later = await plane.until('one more Secret', async () => {
      const found = await versions();
      return found.size === volumes + 1 && found;
    });
    for (const [name, version] of earlier) assert.equal(later.get(name), version, name);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { agentSecretName } from '../../src/api/names.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { waitFor } from '../cluster/wait.ts';
import { type ControlPlane, type KubeItem, operatorNamespace, startControlPlane } from './control-plane.ts';
import { claimObject, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const volumes = 150;
const targets = ['dr', 'backup'];
/** An object of the API server's has 1 MiB at most. */
const maxBytes = 32_768;
/** Hundreds of objects are made one after the other. */
const patience = { timeoutMs: 600_000, everyMs: 2_000 };

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

describe(`a StatefulSet of ${volumes} volumes with ${targets.length} targets`, { skip }, () => {
  let plane: ControlPlane;
  const set = (target = 'dr') => plane.get('statefulset', `db-${target}`, namespace);
  const sizes = async () =>
    (await plane.list('secret', namespace)).map((secret) => [secret.metadata.name, sizeOf(secret)] as const);
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
    // Offered to other clusters, so that there is a writer's Secret too.
    const managed = { storage: '1Gi', service: { type: 'LoadBalancer' } };
    const spec = { source, targets: targets.map((name) => ({ name, managed })) };
    await plane.apply(syncReplicaObject(namespace, 'db', spec));
    for (const target of targets)
      await waitFor(`${target} for each volume`, async () => (await set(target))?.spec.replicas === volumes, patience);
    const secrets = await waitFor(
      'a Secret for each volume',
      async () => {
        const found = await agentSecrets();
        return found.length === volumes && found;
      },
      patience,
    );
    assert.ok(secrets.some(({ metadata }) => metadata.name === agentSecretName('db', claimOf(149))));
    // A receiver's and a writer's besides, for each target.
    const all = await sizes();
    assert.ok(all.length >= volumes + 2 * targets.length, all.map(([name]) => name).join());
    for (const [name, bytes] of all) assert.ok(bytes < maxBytes, `${name}: ${bytes} bytes`);
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
    await waitFor('one more receiver', async () => (await set())?.spec.replicas === volumes + 1, patience);
    const later = await waitFor(
      'one more Secret',
      async () => {
        const found = await versions();
        return found.size === volumes + 1 && found;
      },
      patience,
    );
    for (const [name, version] of earlier) assert.equal(later.get(name), version, name);
  });

  test('all certificates are renewed, and nothing has grown by it', async () => {
    const certificates = async () =>
      new Map(
        (await plane.list('secret', namespace)).map(({ metadata, data }) => [metadata.name, data['tls.crt'] as string]),
      );
    const earlier = await certificates();
    const before = new Map(await sizes());
    await plane.kubectl('delete', 'secret', 'syncreplica-authorities', '-n', operatorNamespace);
    const left = async () => {
      const later = await certificates();
      return [...earlier].filter(([name, one]) => one !== undefined && later.get(name) === one).map(([name]) => name);
    };
    await waitFor('another certificate in every Secret', async () => (await left()).length === 0, patience).catch(
      async (error: Error) => assert.fail(`${error.message}: ${(await left()).join()}`),
    );
    for (const [name, bytes] of await sizes())
      assert.ok(bytes < (before.get(name) ?? 0) + 2_048, `${name}: ${before.get(name)} bytes, now ${bytes}`);
  });
});

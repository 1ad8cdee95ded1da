import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createClusterClient } from '../../src/cluster/client.ts';
import { isClusterError } from '../../src/cluster/cluster-error.ts';
import { connect, loadKubeConfig } from '../../src/cluster/connection.ts';
import type { Secret } from '../../src/cluster/objects.ts';
import { secrets } from '../../src/cluster/resources.ts';
import { look, replicaOf, worldOf } from '../../src/replication/decide/observed.fixture.ts';
import { carryOut } from '../../src/replication/loop/carry-out.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, operatorNamespace, startControlPlane } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';

describe('passwords and keys on a real apiserver', { skip }, () => {
  let plane: ControlPlane;
  const allow = (word: string) =>
    plane.kubectl('label', 'namespace', namespace, `syncreplica.io/allow-elevated${word}`);
  const until = (name: string, reason: string) =>
    plane.until(`${name}: ${reason}`, async () => {
      return findCondition(await plane.get('srep', name, namespace), 'Ready')?.reason === reason;
    });
  const certificates = async (replica: string): Promise<Map<string, string>> =>
    new Map(
      (await plane.list('secret', namespace))
        .filter(({ metadata }) => metadata.name.startsWith(`${replica}-`))
        .map(({ metadata, data }) => [metadata.name, data['tls.crt']]),
    );

  before(async () => {
    plane = await startControlPlane();
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      claimObject(namespace, 'uploads'),
      claimObject(namespace, 'never'),
    );
  });
  after(() => plane?.stop());

  test('what a cache has not seen yet is not replaced by new ones', async () => {
    const connection = connect(loadKubeConfig({ file: plane.server.kubeconfig }));
    const client = createClusterClient(connection);
    try {
      await plane.apply(syncReplicaObject(namespace, 'uploads', {}));
      const { uid } = (await plane.get('srep', 'uploads', namespace))?.metadata ?? { uid: '' };
      const observed = worldOf({ replica: replicaOf({}, { uid, finalizers: ['syncreplica.io/replicas'] }) });
      const plan = look(observed);
      const wanted = plan.apply.find(({ object }) => object.metadata?.name === 'uploads-dr-srep-receiver');
      assert.ok(wanted);
      const seen = (await client.apply(secrets, wanted.object as Secret, 'new')) as Secret;
      // Another leader, or this one a moment ago.
      const data = { password: Buffer.from('in use').toString('base64') };
      await client.patch(secrets, { namespace, name: 'uploads-dr-srep-receiver' }, { data });
      const stale = { ...observed, owned: { ...observed.owned, secrets: [seen] } };
      const only = { ...plan, apply: [wanted], status: undefined };
      await assert.rejects(carryOut(client, stale, only, [], Infinity, 0), (error) =>
        isClusterError(error, 'conflict'),
      );
      const after = await client.get(secrets, { namespace, name: 'uploads-dr-srep-receiver' });
      assert.equal(after?.data?.password, data.password);
      await plane.kubectl('delete', 'srep,secret', '--all', '-n', namespace);
    } finally {
      connection.close();
    }
  });

  test('of a SyncReplica that is blocked what is there is renewed, and nothing new is made', async () => {
    const targets = [{ name: 'dr', managed: { storage: '1Gi', access: 'Elevated' } }];
    await allow('=true');
    await plane.startOperator('operator-a');
    await plane.apply(syncReplicaObject(namespace, 'uploads', { targets }));
    await plane.until('its receiver', () => plane.get('statefulset', 'uploads-dr', namespace));
    await allow('-');
    await until('uploads', 'ElevatedNotAllowed');
    await plane.apply(syncReplicaObject(namespace, 'never', { targets }));
    await until('never', 'ElevatedNotAllowed');
    const earlier = await certificates('uploads');
    assert.equal(earlier.size, 2);
    await plane.kubectl('delete', 'secret', 'syncreplica-authorities', '-n', operatorNamespace);
    await plane.until('other certificates of the same', async () => {
      const later = await certificates('uploads');
      return [...earlier].every(([name, one]) => later.has(name) && later.get(name) !== one);
    });
    assert.equal((await certificates('never')).size, 0);
  });
});

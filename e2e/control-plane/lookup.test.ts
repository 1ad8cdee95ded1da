import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createCaches } from '../../src/caches/caches.ts';
import { type ClusterClient, createClusterClient } from '../../src/cluster/client.ts';
import { type Connection, connect, loadKubeConfig } from '../../src/cluster/connection.ts';
import { syncReplicas } from '../../src/cluster/resources.ts';
import { createReplicaLookup } from '../../src/inject/replica-lookup.ts';
import { silentLogger } from '../../src/process/log/logger.ts';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { syncReplicaObject } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const count = 30;

/** The cache never hears of anything here: what is found later than it, the apiserver has told. */
describe('what the webhook knows while its watch is late', { skip }, () => {
  let plane: ControlPlane;
  let connection: Connection;
  let client: ClusterClient;
  const caches = createCaches();

  before(async () => {
    plane = await startControlPlane();
    connection = connect(loadKubeConfig({ file: plane.server.kubeconfig }), 'test');
    client = createClusterClient(connection);
    const all = Array.from({ length: count }, (_, at) => syncReplicaObject(namespace, `app-${at}`, {}));
    await plane.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, ...all);
    caches.replicas.replace(await client.list(syncReplicas, { namespace }));
  });
  after(async () => {
    connection?.close();
    await plane?.stop();
  });

  test('what was made, edited and deleted right before is as it is now, and nothing else is read', async () => {
    const read: string[] = [];
    const lookup = createReplicaLookup({
      caches,
      logger: silentLogger,
      limitMs: 60_000,
      client: {
        ...client,
        list: () => assert.fail('all were read'),
        get: (resource, name, signal) => {
          read.push(name.name);
          return client.get(resource, name, signal);
        },
      },
    });
    for (let round = 0; round < 3; round += 1) {
      const maxLag = `${round + 40}s`;
      await client.patch(syncReplicas, { namespace, name: `app-${round}` }, { spec: { maxLag } });
      await client.create(syncReplicas, syncReplicaObject(namespace, `new-${round}`, {}) as never);
      await client.delete(syncReplicas, { namespace, name: `app-${20 + round}` });
      read.length = 0;
      const { from, replicas } = await lookup.look(namespace);
      const found = new Map(replicas.map((replica) => [replica.metadata.name, replica.spec as { maxLag?: string }]));
      assert.equal(from, 'apiserver');
      assert.equal(found.get(`app-${round}`)?.maxLag, maxLag);
      assert.ok(found.has(`new-${round}`));
      assert.ok(!found.has(`app-${20 + round}`));
      assert.equal(found.size, count);
      // The edited and the new ones of all rounds, and the namespace.
      assert.equal(read.length, 2 * (round + 1) + 1, read.join());
    }
  });

  test('the versions of a namespace are some hundred bytes an object', async () => {
    let bytes = 0;
    const counting = createClusterClient({
      ...connection,
      async send<T>(request: Parameters<Connection['send']>[0]) {
        const answer = await connection.send<T>(request);
        bytes = JSON.stringify(answer).length;
        return answer;
      },
    });
    const versions = await counting.listVersions(syncReplicas, namespace);
    assert.equal(versions?.size, count);
    assert.ok(bytes / count < 250, `${bytes / count} bytes`);
  });
});

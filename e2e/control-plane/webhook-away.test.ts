import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isApiServerBuilt } from '../cluster/apiserver.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { claimObject, findCondition, syncReplicaObject, webhookObjects } from './objects.ts';

const skip = isApiServerBuilt(process.env) ? false : 'the programs of an apiserver are not in the cache';
const namespace = 'shop';
const limitMs = 60_000;

/** As behind a firewall between the control plane and the nodes: the API server asks, and nobody answers. */
describe('a webhook that the API server does not reach', { skip }, () => {
  let plane: ControlPlane;

  before(async () => {
    plane = await startControlPlane();
    await plane.apply(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      ...webhookObjects({ port: 1 }, { failurePolicy: 'Ignore', timeoutSeconds: 1 }),
    );
    await plane.startOperator('operator-a');
  });
  after(() => plane?.stop());

  test('pods come all the same, and the status says within a minute that it was not asked and how to find out why', async () => {
    await plane.apply(claimObject(namespace, 'uploads'), syncReplicaObject(namespace, 'uploads', {}));
    const replica = await plane.until('the operator’s first word', async () => {
      const found = await plane.get('srep', 'uploads', namespace);
      return found?.status && found;
    });
    // A pod that comes within seconds of its SyncReplica may have been on its way before.
    const replicaAt = Date.parse(replica.metadata.creationTimestamp);
    await plane.until('a pod that is certainly later', async () => Date.now() > replicaAt + 12_000);
    await plane.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace },
      spec: {
        containers: [{ name: 'web', image: 'web', volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
      },
    });
    const createdAt = performance.now();
    const injected = await plane.until('the condition', async () => {
      const found = findCondition(await plane.get('srep', 'uploads', namespace), 'Injected');
      return found?.status === 'False' && found;
    });
    const tookMs = performance.now() - createdAt;
    assert.ok(tookMs < limitMs, `${tookMs} ms`);
    assert.equal(injected.reason, 'WebhookNotCalled');
    assert.match(injected.message, /web/);
    assert.match(injected.message, /helm test|webhook/);
    const ready = findCondition(await plane.get('srep', 'uploads', namespace), 'Ready');
    assert.equal(ready?.status, 'False');
    assert.equal(ready?.reason, 'WebhookNotCalled');
  });
});

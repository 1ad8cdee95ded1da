import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiGroup, labels } from '../../api/names.ts';
import { type Caches, createCaches } from '../../caches/caches.ts';
import type { KubeObject } from '../../cluster/objects.ts';
import { podOf, replicaOf } from '../decide/observed.fixture.ts';
import { affectedBy } from './affected.ts';

const caches: Caches = createCaches();
const versioned = <T extends KubeObject>(object: T, resourceVersion: string, more: object = {}): T => ({
  ...object,
  metadata: { ...object.metadata, ...more, resourceVersion },
});
const selecting = {
  ...replicaOf({ source: { podSelector: { matchLabels: { app: 'db' } }, volume: 'data' } }),
  metadata: { ...replicaOf().metadata, name: 'db' },
};
const elsewhere = { ...replicaOf(), metadata: { ...replicaOf().metadata, namespace: 'other' } };
caches.replicas.replace([replicaOf(), selecting, elsewhere]);

const added = (cache: keyof Caches, object: KubeObject) => affectedBy(cache, { type: 'ADDED', object }, caches).sort();
const modified = (cache: keyof Caches, before: KubeObject, object: KubeObject) =>
  affectedBy(cache, { type: 'MODIFIED', before, object }, caches).sort();

test('a pod concerns whose source it has, whom it is a receiver of, and nobody else', () => {
  assert.deepEqual(added('pods', podOf('web-a', 'uploads')), ['shop/uploads']);
  assert.deepEqual(added('pods', podOf('web-a', 'another')), []);
  const labelled = podOf('db-0', 'x');
  labelled.metadata = { ...labelled.metadata, labels: { app: 'db' } };
  assert.deepEqual(added('pods', labelled), ['shop/db']);
  const receiver = podOf('uploads-dr-0', 'y');
  receiver.metadata = { ...receiver.metadata, labels: { [labels.replica]: 'uploads', [labels.component]: 'receiver' } };
  assert.deepEqual(added('pods', receiver), ['shop/uploads']);
});

test('the operator’s own status write is no news; an edit, an annotation and a deletion are', () => {
  const before = versioned(replicaOf(), '1');
  assert.deepEqual(
    modified('replicas', before, { ...versioned(replicaOf(), '2'), status: { state: 'Online' } } as never),
    [],
  );
  const snapshots = { ...versioned(replicaOf(), '2'), status: { snapshots: [{ target: 'dr', ready: 1 }] } };
  assert.deepEqual(modified('replicas', before, snapshots as never), ['shop/uploads']);
  assert.deepEqual(modified('replicas', before, versioned(replicaOf(), '2', { generation: 4 })), ['shop/uploads']);
  assert.deepEqual(modified('replicas', before, versioned(replicaOf(), '2', { annotations: { a: 'b' } })), [
    'shop/uploads',
  ]);
  assert.deepEqual(modified('replicas', before, versioned(replicaOf(), '2', { deletionTimestamp: 'now' })), [
    'shop/uploads',
  ]);
  assert.deepEqual(affectedBy('replicas', { type: 'DELETED', object: before }, caches), ['shop/uploads']);
});

test('namespaces by their labels, classes when they come or go, owned objects by their owner', () => {
  const shop = { metadata: { name: 'shop', labels: { a: '1' } } };
  assert.deepEqual(modified('namespaces', shop, { metadata: { name: 'shop', labels: { a: '1' } } }), []);
  assert.deepEqual(modified('namespaces', shop, { metadata: { name: 'shop', labels: { a: '2' } } }), [
    'shop/db',
    'shop/uploads',
  ]);
  assert.equal(added('storageClasses', { metadata: { name: 'fast' } }).length, 3);
  assert.deepEqual(modified('storageClasses', { metadata: { name: 'fast' } }, { metadata: { name: 'fast' } }), []);
  const owner = { apiVersion: `${apiGroup}/v1alpha1`, kind: 'SyncReplica', name: 'uploads', uid: 'u' };
  assert.deepEqual(added('services', { metadata: { name: 's', namespace: 'shop', ownerReferences: [owner] } }), [
    'shop/uploads',
  ]);
  assert.deepEqual(added('secrets', { metadata: { name: 's', namespace: 'shop' } }), []);
});

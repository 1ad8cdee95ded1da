import assert from 'node:assert/strict';
import { test } from 'node:test';
import { annotations } from '../../api/names.ts';
import type { Pod } from '../../cluster/objects.ts';
import { secrets } from '../../cluster/resources.ts';
import { look, podOf, replicaOf, worldOf } from './observed.fixture.ts';

const rolling = replicaOf({ injection: { restart: 'Rollout' } });
const mark = annotations.restartedFor(rolling.metadata.uid ?? '');

/** A pod without an agent. */
const bare = (name: string, kind: string, owner: string, more: Partial<Pod['metadata']> = {}): Pod => {
  const pod = podOf(name, 'uploads', { injected: false });
  const ownerReferences = [{ apiVersion: 'apps/v1', kind, name: owner, uid: 'o1', controller: true }];
  return { ...pod, metadata: { ...pod.metadata, ownerReferences, ...more } };
};
const ofDeployment = (name: string, more: Partial<Pod['metadata']> = {}) =>
  bare(name, 'ReplicaSet', 'web-5d9', { labels: { 'pod-template-hash': '5d9' }, ...more });
const restarts = (pods: readonly Pod[], more: Parameters<typeof worldOf>[0] = {}) =>
  look(
    worldOf({ replica: rolling, pods, missingSidecars: pods.map(({ metadata }) => metadata?.name ?? ''), ...more }),
  ).restarts.map(({ kind, name }) => `${kind}/${name}`);

test('what ran before is restarted, each workload once', () => {
  assert.deepEqual(restarts([ofDeployment('web-a'), ofDeployment('web-b')]), ['Deployment/web']);
  assert.deepEqual(restarts([bare('db-0', 'StatefulSet', 'db')]), ['StatefulSet/db']);
  assert.deepEqual(restarts([ofDeployment('web-a', { annotations: { [mark]: 'true' } })]), [], 'it came by a restart');
});

test('nothing is restarted unasked, for nothing, or for a SyncReplica that can do nothing yet', () => {
  const pods = [ofDeployment('web-a')];
  assert.deepEqual(restarts(pods, { replica: replicaOf() }), []);
  assert.deepEqual(restarts(pods, { missingSidecars: [] }), []);
  assert.deepEqual(restarts(pods, { settled: false }), []);
  const taken = [{ resource: secrets, name: 'uploads-agent', target: undefined }];
  assert.deepEqual(restarts(pods, { taken }), [], 'it is blocked');
  assert.deepEqual(restarts([bare('once', 'Job', 'once'), podOf('mine', 'uploads', { injected: false })]), []);
});

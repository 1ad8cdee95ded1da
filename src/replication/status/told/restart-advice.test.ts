import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../../cluster/objects.ts';
import { adviseRestart, ownerOf } from './restart-advice.ts';

const pod = (name: string, owner?: { kind: string; name: string; apiVersion?: string }, hash?: string): Pod => ({
  metadata: {
    name,
    labels: hash === undefined ? {} : { 'pod-template-hash': hash },
    ...(owner ? { ownerReferences: [{ apiVersion: 'apps/v1', uid: 'u', controller: true, ...owner }] } : {}),
  },
});

const table: [string, Pod, string][] = [
  [
    'of a Deployment',
    pod('web-5d9c-x2', { kind: 'ReplicaSet', name: 'web-5d9c' }, '5d9c'),
    'kubectl rollout restart deployment/web -n shop',
  ],
  [
    'of a StatefulSet',
    pod('db-0', { kind: 'StatefulSet', name: 'db' }),
    'kubectl rollout restart statefulset/db -n shop',
  ],
  ['of a DaemonSet', pod('log-1', { kind: 'DaemonSet', name: 'log' }), 'kubectl rollout restart daemonset/log -n shop'],
  [
    'of a ReplicaSet without a Deployment',
    pod('web-x2', { kind: 'ReplicaSet', name: 'web' }),
    'kubectl delete pod web-x2 -n shop (its ReplicaSet web makes another)',
  ],
  [
    'of a controller that nobody knows',
    pod('a-1', { kind: 'Rollout', name: 'a' }),
    'kubectl delete pod a-1 -n shop (its Rollout a makes another)',
  ],
  [
    'of a Job',
    pod('once-7', { kind: 'Job', name: 'once' }),
    'delete the Job once and create it again, or wait for its next run',
  ],
  ['of nobody', pod('bare'), 'delete the pod bare and create it again, nothing else does'],
];
for (const [whose, one, advice] of table) {
  test(`a pod ${whose}`, () => assert.equal(adviseRestart([one], 'shop'), advice));
}

test('pods of one owner need one command, and every owner is named', () => {
  const web = (name: string) => pod(name, { kind: 'ReplicaSet', name: 'web-5d9c' }, '5d9c');
  assert.equal(
    adviseRestart([web('web-5d9c-1'), web('web-5d9c-2'), pod('db-0', { kind: 'StatefulSet', name: 'db' })], 'shop'),
    'kubectl rollout restart deployment/web -n shop; kubectl rollout restart statefulset/db -n shop',
  );
  assert.deepEqual(ownerOf(web('web-5d9c-1')), { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' });
  assert.equal(ownerOf(pod('db-0', { kind: 'StatefulSet', name: 'db' }))?.uid, 'u');
});

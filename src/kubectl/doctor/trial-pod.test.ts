import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReplica } from '../../api/schema/syncreplica.generated.ts';
import type { Pod } from '../../cluster/objects.ts';
import { makeTrialPod } from './trial-pod.ts';

const replicaOf = (source: object) =>
  ({ metadata: { namespace: 'shop', name: 'uploads' }, spec: { source } }) as unknown as SyncReplica;
const podOf = (name: string, more: object = {}, podLabels: object = { app: 'web' }) =>
  ({
    metadata: { name, namespace: 'shop', labels: podLabels },
    spec: {
      containers: [{ name }],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'uploads' } }],
      ...more,
    },
  }) as unknown as Pod;
const receiver = podOf('uploads-dr-0', {}, { 'syncreplica.io/component': 'receiver' });

/** Of which pod the one that is tried is made, by its first container. */
const likeOf = (source: object, pods: readonly Pod[]): string =>
  makeTrialPod(replicaOf(source), pods).spec?.containers[0]?.name ?? '';

test('a pod is tried that is like one of the source, whatever says that it is one', () => {
  const web = podOf('web-1');
  assert.equal(likeOf({ persistentVolumeClaim: 'uploads' }, [web]), 'web-1');
  const ephemeral = podOf('db-0', { volumes: [{ name: 'data', ephemeral: {} }] });
  assert.equal(likeOf({ persistentVolumeClaim: 'db-0-data' }, [web, ephemeral]), 'db-0');
  const matchExpressions = [{ key: 'app', operator: 'In', values: ['web', 'other'] }];
  assert.equal(likeOf({ podSelector: { matchExpressions }, volume: 'data' }, [web]), 'web-1');
  assert.equal(likeOf({ podSelector: {}, volume: 'data' }, [receiver, web]), 'web-1', 'a receiver is no source');
  assert.equal(likeOf({ podSelector: { matchLabels: { app: 'none' } }, volume: 'data' }, [web]), 'application');
});

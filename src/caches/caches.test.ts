import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentContainerName, labels } from '../api/names.ts';
import { createCaches, indexes, inNamespace } from './caches.ts';
import { trimPod } from './trim.ts';

/** As a real one is, with all that clusters write into pods. */
const fatPod = (name: string, claim?: string) => ({
  metadata: {
    name,
    namespace: 'shop',
    uid: `uid-${name}`,
    resourceVersion: '1',
    labels: { app: 'web' },
    annotations: {
      'checksum/config': 'x'.repeat(64),
      'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(3_000),
    },
    managedFields: [{ manager: 'kubelet', fieldsV1: { field: 'x'.repeat(3_000) } }],
  },
  spec: {
    containers: [
      {
        name: 'web',
        image: 'registry.example.com/web:1',
        env: Array.from({ length: 20 }, (_, at) => ({ name: `VARIABLE_${at}`, value: 'x'.repeat(40) })),
        volumeMounts: [
          { name: 'data', mountPath: '/data' },
          { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
        ],
      },
    ],
    initContainers: [{ name: agentContainerName('uploads') }],
    volumes: [
      { name: 'data', ...(claim ? { persistentVolumeClaim: { claimName: claim } } : { emptyDir: {} }) },
      { name: 'kube-api-access-x', projected: { sources: [{ serviceAccountToken: { path: 'x'.repeat(300) } }] } },
    ],
  },
  status: { phase: 'Running', conditions: [{ message: 'x'.repeat(500) }], containerStatuses: [{ name: 'web' }] },
});

test('of a pod of 9 KB less than one is kept', () => {
  const pod = fatPod('web-a', 'uploads') as never;
  assert.ok(JSON.stringify(pod).length > 8_000);
  assert.ok(JSON.stringify(trimPod(pod)).length < 1_000, JSON.stringify(trimPod(pod)));
});

test('of a pod that can have no agent next to nothing is kept, but what a selector asks', () => {
  const { metadata, spec, status } = fatPod('other');
  const [, token] = spec.volumes;
  const pod = { metadata, spec: { ...spec, initContainers: [], volumes: [token] }, status } as never;
  const kept = trimPod(pod);
  assert.ok(JSON.stringify(kept).length < 260, JSON.stringify(kept));
  assert.deepEqual(
    [kept.metadata?.labels, kept.status?.phase, kept.spec?.volumes],
    [{ app: 'web' }, 'Running', [{ name: 'kube-api-access-x' }]],
  );
});

test('a pod is found by its claims and its agents, a receiver by its SyncReplica, a SyncReplica by its source', () => {
  const caches = createCaches();
  const receiver = {
    metadata: {
      name: 'r-0',
      namespace: 'shop',
      labels: { [labels.component]: 'receiver', [labels.replica]: 'uploads' },
    },
  };
  caches.pods.replace([fatPod('web-a', 'uploads'), fatPod('web-b'), receiver] as never[]);
  const names = (index: string, value: string) =>
    caches.pods.byIndex(index, inNamespace('shop', value)).map(({ metadata }) => metadata?.name);
  assert.deepEqual(names(indexes.claim, 'uploads'), ['web-a']);
  assert.deepEqual(names(indexes.agent, agentContainerName('uploads')), ['web-a', 'web-b']);
  assert.deepEqual(names(indexes.replica, 'uploads'), ['r-0']);
  const replica = (name: string, source: object) => ({ metadata: { name, namespace: 'shop' }, spec: { source } });
  caches.replicas.replace([
    replica('claims', { persistentVolumeClaim: 'uploads' }),
    replica('selects', { podSelector: {}, volume: 'data' }),
  ] as never[]);
  const sources = (claim: string) =>
    caches.replicas.byIndex(indexes.source, inNamespace('shop', claim)).map(({ metadata }) => metadata.name);
  assert.deepEqual(sources('uploads'), ['claims']);
  assert.deepEqual(sources(''), ['selects']);
});

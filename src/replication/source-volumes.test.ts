import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../cluster/objects.ts';
import { resolveSource, type SourceQuestion } from './source-volumes.ts';

type Volume = { claim?: string; emptyDir?: true; ephemeral?: true };

const pod = (name: string, volume: Volume, owner?: string, more: { phase?: string; created?: string } = {}): Pod => ({
  metadata: {
    name,
    namespace: 'shop',
    labels: { app: 'web' },
    creationTimestamp: more.created ?? '2030-01-01T00:00:00Z',
    ownerReferences: owner
      ? [
          {
            apiVersion: 'apps/v1',
            kind: owner.split('/')[0] ?? '',
            name: owner.split('/')[1] ?? '',
            uid: owner,
            controller: true,
          },
        ]
      : [],
  },
  spec: {
    containers: [{ name: 'web' }],
    volumes: [
      {
        name: 'data',
        ...(volume.claim ? { persistentVolumeClaim: { claimName: volume.claim } } : {}),
        ...(volume.emptyDir ? { emptyDir: {} } : {}),
        ...(volume.ephemeral ? { ephemeral: {} } : {}),
      },
      { name: 'config', configMap: { name: 'web' } },
    ],
  },
  status: { phase: more.phase ?? 'Running' },
});

const byClaim = { persistentVolumeClaim: 'uploads' };
const bySelector = { podSelector: { matchLabels: { app: 'web' } }, volume: 'data' };

const ask = (
  source: SourceQuestion['source'],
  pods: Pod[],
  claims: string[] = [],
  remembered: SourceQuestion['remembered'] = [],
) => resolveSource({ source, pods, claims: new Set(claims), remembered });

/** `name:ordinal:pods` of each volume, or the verdict with its sentence. */
const text = (verdict: ReturnType<typeof resolveSource>): string =>
  verdict.kind === 'found'
    ? verdict.volumes.map(({ name, ordinal, pods }) => `${name}:${ordinal}:${pods.join('+')}`).join(' ')
    : `${verdict.kind}: ${verdict.message}`;

test('a claim that is named is one volume with ordinal 0, whoever mounts it', () => {
  const pods = [
    pod('web-a', { claim: 'uploads' }, 'ReplicaSet/web-1'),
    pod('web-b', { claim: 'uploads' }, 'ReplicaSet/web-1'),
    pod('job', { claim: 'uploads' }, 'Job/once', { phase: 'Succeeded' }),
    pod('other', { claim: 'else' }),
  ];
  assert.equal(text(ask(byClaim, pods, ['uploads'])), 'uploads:0:web-a+web-b');
  assert.equal(text(ask(byClaim, [], ['uploads'])), 'uploads:0:');
  assert.match(
    text(ask(byClaim, [], [])),
    /^claimNotFound: the claim uploads doesn't exist in this namespace; create it/,
  );
  assert.equal(
    text(
      ask(
        { persistentVolumeClaim: 'data-db-2' },
        [pod('db-2', { claim: 'data-db-2' }, 'StatefulSet/db')],
        ['data-db-2'],
      ),
    ),
    'data-db-2:0:db-2',
    'a set’s claim that is named is the only one, and stays 0 when the set is scaled away',
  );
});

test('a StatefulSet’s pods give one volume each, with their own ordinals', () => {
  const set = (n: number, volume: Volume) => pod(`db-${n}`, volume, 'StatefulSet/db');
  assert.equal(
    text(ask(bySelector, [set(2, { claim: 'data-db-2' }), set(0, { claim: 'data-db-0' })], ['data-db-0', 'data-db-2'])),
    'data-db-0:0:db-0 data-db-2:2:db-2',
  );
  assert.equal(
    text(ask(bySelector, [set(1, { emptyDir: true }), set(0, { emptyDir: true })])),
    'db-0:0:db-0 db-1:1:db-1',
  );
  assert.equal(text(ask(bySelector, [set(3, { claim: 'data-db-3' })], ['data-db-3'])), 'data-db-3:3:db-3');
  assert.equal(text(ask(bySelector, [set(1, { ephemeral: true })], ['db-1-data'])), 'db-1-data:1:db-1');
  assert.equal(
    text(ask(bySelector, [set(0, { claim: 'shared' }), set(1, { claim: 'shared' })], ['shared'])),
    'shared:0:db-0+db-1',
    'one claim that all of them mount is one volume',
  );
});

test('other pods must have one volume between them', () => {
  const web = (name: string, volume: Volume) => pod(name, volume, 'ReplicaSet/web-1');
  assert.equal(
    text(ask(bySelector, [web('web-a', { claim: 'up' }), web('web-b', { claim: 'up' })], ['up'])),
    'up:0:web-a+web-b',
  );
  assert.equal(text(ask(bySelector, [web('web-a', { emptyDir: true })])), 'web-a:0:web-a');
  assert.match(
    text(
      ask(bySelector, [
        web('web-a', { emptyDir: true }),
        web('web-b', { emptyDir: true }),
        web('web-c', { emptyDir: true }),
      ]),
    ),
    /^ambiguous: 3 selected pods each have a data volume of their own \(web-a, web-b, web-c\); select one pod, or/,
  );
  assert.match(
    text(ask(bySelector, [web('web-a', { claim: 'a' }), pod('api-a', { claim: 'b' }, 'ReplicaSet/api-1')], ['a', 'b'])),
    /^ambiguous: podSelector matches pods with different claims \(a, b\); write one SyncReplica for each/,
  );
  assert.match(
    text(
      ask(bySelector, [
        pod('db-0', { claim: 'data-db-0' }, 'StatefulSet/db'),
        pod('mq-0', { claim: 'data-mq-0' }, 'StatefulSet/mq'),
      ]),
    ),
    /^ambiguous: podSelector matches pods of several StatefulSets \(db, mq\)/,
  );
});

test('a rollout of one Deployment is not ambiguous: the newest ReplicaSet counts', () => {
  const old = pod('web-1-a', { emptyDir: true }, 'ReplicaSet/web-1', { created: '2030-01-01T00:00:00Z' });
  const next = pod('web-2-b', { emptyDir: true }, 'ReplicaSet/web-2', { created: '2030-01-02T00:00:00Z' });
  assert.equal(text(ask(bySelector, [old, next])), 'web-2-b:0:web-2-b');
});

test('what was seen before stays while its claim exists, and gives way to what has its ordinal', () => {
  const remembered = [0, 1, 2].map((n) => ({ name: `data-db-${n}`, ordinal: n }));
  const claims = remembered.map(({ name }) => name);
  const first = pod('db-0', { claim: 'data-db-0' }, 'StatefulSet/db');
  assert.equal(text(ask(bySelector, [first], claims, remembered)), 'data-db-0:0:db-0 data-db-1:1: data-db-2:2:');
  assert.equal(text(ask(bySelector, [first], ['data-db-0'], remembered)), 'data-db-0:0:db-0', 'its claim is gone');
  assert.equal(text(ask(bySelector, [], claims, remembered)), 'data-db-0:0: data-db-1:1: data-db-2:2:');
  assert.equal(
    text(ask(bySelector, [pod('web-y', { emptyDir: true })], [], [{ name: 'web-x', ordinal: 0 }])),
    'web-y:0:web-y',
    'a new pod follows the one before',
  );
  assert.equal(text(ask(bySelector, [], [], [{ name: 'web-x', ordinal: 0 }])), 'web-x:0:', 'its pod may come again');
});

test('no pod yet, and pods without such a volume', () => {
  assert.match(text(ask(bySelector, [])), /^noPods: no pod matches/);
  assert.match(
    text(ask({ ...bySelector, volume: 'dat' }, [pod('web-a', { claim: 'x' })])),
    /^notFound: the selected pods have no volume named dat; they have data$/,
  );
});

test('a source elsewhere is one volume, of no claim and no pod of here', () => {
  const verdict = resolveSource({ source: { elsewhere: true }, pods: [], claims: new Set(), remembered: [] });
  assert.deepEqual(verdict, { kind: 'found', volumes: [{ name: 'elsewhere', ordinal: 0, pods: [] }] });
});

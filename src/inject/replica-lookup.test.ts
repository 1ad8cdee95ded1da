import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCaches } from '../caches/caches.ts';
import { createClusterClient } from '../cluster/client.ts';
import { connect } from '../cluster/connection.ts';
import { type ScriptedRequest, sendJson, startScriptedApiServer } from '../cluster/scripted-api-server.ts';
import { silentLogger } from '../process/log/logger.ts';
import type { NamespaceView, ReplicaLookup } from './admission.ts';
import { createReplicaLookup } from './replica-lookup.ts';

const namespace = 'shop';
const replica = (name: string, spec: object = {}) => ({
  metadata: { name, namespace, resourceVersion: '1' },
  spec: { source: { persistentVolumeClaim: name }, targets: [{ name: 'dr', managed: { storage: '1Gi' } }], ...spec },
});
const names = ({ replicas }: NamespaceView): (string | undefined)[] => replicas.map(({ metadata }) => metadata.name);
type Answer = Parameters<typeof startScriptedApiServer>[0];

/** The caches know `cached` in a namespace without labels; the apiserver answers as it is told. */
const withLookup = async (
  answer: Answer,
  run: (lookup: ReplicaLookup, requests: readonly ScriptedRequest[]) => Promise<void>,
  limitMs = 60_000,
): Promise<void> => {
  const server = await startScriptedApiServer(answer);
  const connection = connect(server.config);
  const caches = createCaches();
  caches.replicas.replace([replica('cached') as never]);
  caches.namespaces.replace([{ metadata: { name: namespace, labels: { from: 'cache' } } } as never]);
  const client = createClusterClient(connection);
  try {
    await run(createReplicaLookup({ caches, client, logger: silentLogger, limitMs }), server.requests);
  } finally {
    connection.close();
    await server.close();
  }
};
type Replica = ReturnType<typeof replica>;
const columns = ['Name', 'Ready', 'Version'];

/** As a real one: a list, a table of `columns`, or one object. */
const answerWith =
  (items: readonly Replica[], columnsOfTable: readonly string[] = columns): Answer =>
  ({ path, headers }, response) => {
    const last = path.split('/').at(-1);
    if (last === namespace) return sendJson(response, { metadata: { name: namespace, labels: { from: 'apiserver' } } });
    if (last !== 'syncreplicas') {
      const found = items.find(({ metadata }) => metadata.name === last);
      return sendJson(response, found ?? { reason: 'NotFound' }, found ? 200 : 404);
    }
    if (!headers.accept?.includes('as=Table')) return sendJson(response, { items });
    const cells = ({ metadata }: Replica): string[] => [metadata.name, 'True', metadata.resourceVersion];
    sendJson(response, {
      columnDefinitions: columnsOfTable.map((name) => ({ name })),
      rows: items.map((item) => ({ cells: cells(item), object: null })),
    });
  };
const replicasPath = '/apis/syncreplica.io/v1alpha1/namespaces/shop/syncreplicas';

test('what the apiserver has counts, with the labels that the namespace has now', () =>
  withLookup(answerWith([replica('cached'), replica('just-applied')]), async (lookup, requests) => {
    const view = await lookup.look(namespace);
    assert.deepEqual(names(view), ['cached', 'just-applied']);
    assert.deepEqual([view.from, view.labels], ['apiserver', { from: 'apiserver' }]);
    assert.deepEqual(
      requests.map(({ path, query }) => [path, query.get('resourceVersion')]),
      [
        [replicasPath, null],
        [`${replicasPath}/just-applied`, null],
        ['/api/v1/namespaces/shop', null],
      ],
      'the latest of all, not what a cache of the server’s has',
    );
  }));

test('what was written since the cache saw it is read, and what is gone is gone', () =>
  withLookup(
    answerWith([
      {
        ...replica('cached', { restore: 'IfEmpty' }),
        metadata: { ...replica('cached').metadata, resourceVersion: '2' },
      },
    ]),
    async (lookup) => {
      const { replicas } = await lookup.look(namespace);
      assert.deepEqual(
        replicas.map(({ spec }) => spec.restore),
        ['IfEmpty'],
      );
    },
  ));

const many = Array.from({ length: 20 }, (_, at) => replica(`new-${at}`));
for (const [when, answer] of [
  ['many of which the cache doesn’t know are read in one list', answerWith(many)],
  ['a kind of an earlier version tells no versions: all are read', answerWith(many, ['Name', 'Ready'])],
] as const) {
  test(when, () =>
    withLookup(answer, async (lookup, requests) => {
      assert.equal(names(await lookup.look(namespace)).length, 20);
      assert.equal(requests.length, 3);
    }),
  );
}

test('a namespace without SyncReplicas costs one question', () =>
  withLookup(answerWith([]), async (lookup, requests) => {
    assert.deepEqual(names(await lookup.look(namespace)), []);
    assert.equal(requests.length, 1);
  }));

test('a claim that was made right before its pod has what is demanded by it, though no watch has told of it', async () => {
  const answer: Answer = (request, response) => {
    const claim = /persistentvolumeclaims\/(.*)$/.exec(request.path)?.[1];
    if (claim === undefined) return answerWith([])(request, response);
    const annotations = { 'syncreplica.io/inject': claim === 'uploads' ? 'required' : 'true' };
    if (claim === 'gone') sendJson(response, { reason: 'NotFound' }, 404);
    else sendJson(response, { metadata: { name: claim, namespace, annotations } });
  };
  await withLookup(answer, async (lookup) => {
    const { isRequired } = await lookup.look(namespace);
    assert.deepEqual(await Promise.all(['uploads', 'other', 'gone'].map(isRequired)), [true, false, false]);
  });
});

test('an invalid SyncReplica gets nobody an agent', () =>
  withLookup(answerWith([replica('bad', { targets: [] }), replica('good')]), async (lookup) => {
    assert.deepEqual(names(await lookup.look(namespace)), ['good']);
  }));

const failures: [string, Answer][] = [
  ['does not answer', () => {}],
  ['stops in the middle of its answer', (_, response) => void response.write('{"items": [')],
  ['refuses', (_, response) => sendJson(response, { reason: 'Forbidden', message: 'no' }, 403)],
  ['breaks the connection', (_, response) => void response.destroy()],
];
for (const [how, answer] of failures) {
  test(`the cache answers when the apiserver ${how}`, () =>
    withLookup(
      answer,
      async (lookup) => {
        const view = await lookup.look(namespace);
        assert.deepEqual([names(view), view.from, view.labels], [['cached'], 'cache', { from: 'cache' }]);
      },
      200,
    ));
}

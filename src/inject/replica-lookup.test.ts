import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCaches } from '../caches/caches.ts';
import { createClusterClient } from '../cluster/client.ts';
import { connect } from '../cluster/connection.ts';
import { type ScriptedRequest, sendJson, startScriptedApiServer } from '../cluster/scripted-api-server.ts';
import { silentLogger } from '../process/logger.ts';
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
const answerWith =
  (items: readonly object[]): Answer =>
  ({ path }, response) =>
    sendJson(
      response,
      path.endsWith('/syncreplicas') ? { items } : { metadata: { name: namespace, labels: { from: 'apiserver' } } },
    );

test('what the apiserver has counts, with the labels that the namespace has now', () =>
  withLookup(answerWith([replica('cached'), replica('just-applied')]), async (lookup, requests) => {
    const view = await lookup.look(namespace);
    assert.deepEqual(names(view), ['cached', 'just-applied']);
    assert.deepEqual([view.from, view.labels], ['apiserver', { from: 'apiserver' }]);
    assert.deepEqual(
      requests.map(({ path, query }) => [path, query.get('resourceVersion')]),
      [
        ['/apis/syncreplica.io/v1alpha1/namespaces/shop/syncreplicas', null],
        ['/api/v1/namespaces/shop', null],
      ],
      'the latest of both, not what a cache of the server’s has',
    );
  }));

test('a namespace without SyncReplicas costs one question', () =>
  withLookup(answerWith([]), async (lookup, requests) => {
    assert.deepEqual(names(await lookup.look(namespace)), []);
    assert.equal(requests.length, 1);
  }));

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

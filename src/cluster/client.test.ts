import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClusterClient } from './client.ts';
import { ClusterError, classifyStatus } from './cluster-error.ts';
import { connect } from './connection.ts';
import { pods, statefulSets, syncReplicas } from './resources.ts';
import { type ScriptedRequest, sendJson, startScriptedApiServer } from './scripted-api-server.ts';

type Answer = Parameters<typeof startScriptedApiServer>[0];

const withServer = async (
  answer: Answer,
  run: (client: ReturnType<typeof createClusterClient>, requests: ScriptedRequest[]) => Promise<void>,
): Promise<void> => {
  const server = await startScriptedApiServer(answer);
  const connection = connect(server.config);
  try {
    await run(
      createClusterClient(connection, () => 0),
      server.requests,
    );
  } finally {
    connection.close();
    await server.close();
  }
};

test('what an answer means', () => {
  const table = [
    [409, 'Conflict', 'conflict'],
    [409, 'AlreadyExists', 'alreadyExists'],
    [404, 'NotFound', 'notFound'],
    [410, 'Expired', 'expired'],
    [401, 'Unauthorized', 'unauthorized'],
    [403, 'Forbidden', 'forbidden'],
    [422, 'Invalid', 'invalid'],
    [400, 'BadRequest', 'invalid'],
    [429, 'TooManyRequests', 'tooManyRequests'],
    [500, 'InternalError', 'server'],
    [503, undefined, 'server'],
  ] as const;
  for (const [status, reason, kind] of table) assert.equal(classifyStatus(status, reason), kind, `${status}`);
});

test('a refusal carries the server’s sentence, its kind and how long to wait', async () => {
  await withServer(
    (_, response) =>
      sendJson(response, { reason: 'TooManyRequests', message: 'slow down', details: { retryAfterSeconds: 3 } }, 429),
    async (client) => {
      await assert.rejects(
        client.apply(statefulSets, { metadata: { namespace: 'shop', name: 'dr' } }, 'own'),
        (error) => {
          assert.ok(error instanceof ClusterError);
          assert.equal(error.kind, 'tooManyRequests');
          assert.equal(error.retryAfterMs, 3_000);
          assert.equal(error.message, 'apply StatefulSet shop/dr: slow down');
          return true;
        },
      );
    },
  );
});

test('no server, and one that hangs up, are unreachable', async () => {
  const server = await startScriptedApiServer((_, response) => void response.destroy());
  const connection = connect(server.config);
  const client = createClusterClient(connection);
  await assert.rejects(client.get(pods, { namespace: 'shop', name: 'web' }), { code: 'Cluster.unreachable' });
  await server.close();
  await assert.rejects(client.list(pods), { code: 'Cluster.unreachable' });
  connection.close();
});

test('apply is server-side under the one field manager, with the credentials', async () => {
  await withServer(
    (request, response) => sendJson(response, JSON.parse(request.body)),
    async (client, requests) => {
      await client.apply(statefulSets, { metadata: { namespace: 'shop', name: 'dr' } }, 'own');
      const [request] = requests;
      assert.equal(request?.method, 'PATCH');
      assert.equal(request?.path, '/apis/apps/v1/namespaces/shop/statefulsets/dr');
      assert.equal(request?.query.get('fieldManager'), 'syncreplica-operator');
      assert.equal(request?.query.get('force'), 'true');
      assert.equal(request?.headers['content-type'], 'application/apply-patch+yaml');
      assert.equal(request?.headers.authorization, 'Bearer let-me-in');
      const body = JSON.parse(request?.body ?? '');
      assert.deepEqual([body.apiVersion, body.kind], ['apps/v1', 'StatefulSet']);
      await client.patchStatus(syncReplicas, { namespace: 'shop', name: 'uploads' }, { status: { state: 'Online' } });
      assert.equal(requests[1]?.path, '/apis/syncreplica.io/v1alpha1/namespaces/shop/syncreplicas/uploads/status');
      assert.equal(requests[1]?.headers['content-type'], 'application/merge-patch+json');
    },
  );
});

test('what does not exist is undefined to get and false to delete; a delete may name the very object', async () => {
  await withServer(
    (_, response) => sendJson(response, { reason: 'NotFound', message: 'no such pod' }, 404),
    async (client, requests) => {
      assert.equal(await client.get(pods, { namespace: 'shop', name: 'web' }), undefined);
      assert.equal(await client.delete(pods, { namespace: 'shop', name: 'web' }, 'uid-1'), false);
      assert.deepEqual(JSON.parse(requests[1]?.body ?? ''), {
        propagationPolicy: 'Background',
        preconditions: { uid: 'uid-1' },
      });
    },
  );
});

test('a long list is read page by page, at one version', async () => {
  await withServer(
    (request, response) => {
      const isSecond = request.query.get('continue') === 'next';
      sendJson(response, {
        metadata: { resourceVersion: '42', ...(isSecond ? {} : { continue: 'next' }) },
        items: [{ metadata: { name: isSecond ? 'b' : 'a' } }],
      });
    },
    async (client, requests) => {
      const listed = client.listAndWatch(pods, { labelSelector: 'app=web' }).list(new AbortController().signal);
      const names: (string | undefined)[] = [];
      for await (const { items, resourceVersion } of listed) {
        names.push(...items.map((pod) => pod.metadata?.name));
        assert.equal(resourceVersion, '42');
        assert.equal(requests.length, names.length, 'the next page is asked for when this one was taken in');
      }
      assert.deepEqual(names, ['a', 'b']);
      assert.equal(requests[0]?.query.get('labelSelector'), 'app=web');
      assert.equal(requests[0]?.path, '/api/v1/pods');
      assert.ok(
        Number(requests[0]?.query.get('limit')) <= 100,
        'of what a page takes the allocator gives nothing back',
      );
    },
  );
});

test('a watch yields whole lines however the bytes come, and an expired version is told apart', async () => {
  const line = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'größe' } } })}\n`);
  await withServer(
    async (request, response) => {
      if (request.query.get('resourceVersion') === '1') {
        sendJson(response, { reason: 'Expired', message: 'too old resource version' }, 410);
        return;
      }
      response.writeHead(200);
      for (const byte of Buffer.concat([line, line])) {
        response.write(Buffer.of(byte));
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end();
    },
    async (client, requests) => {
      const source = client.listAndWatch(pods);
      const { signal } = new AbortController();
      const names: (string | undefined)[] = [];
      for await (const { object } of source.watch('42', signal)) names.push(object.metadata?.name);
      assert.deepEqual(names, ['größe', 'größe']);
      assert.equal(requests[0]?.query.get('allowWatchBookmarks'), 'true');
      await assert.rejects(
        async () => {
          for await (const _ of source.watch('1', signal));
        },
        (error) => source.isExpired(error),
      );
    },
  );
});

test('aborting ends a watch that says nothing', async () => {
  await withServer(
    (_, response) => void response.writeHead(200).flushHeaders(),
    async (client) => {
      const controller = new AbortController();
      const ended = assert.rejects(async () => {
        for await (const _ of client.listAndWatch(pods).watch('1', controller.signal));
      });
      setTimeout(() => controller.abort(), 50);
      await ended;
    },
  );
});

test('requests share connections that are kept alive', async () => {
  const sockets = new Set<unknown>();
  await withServer(
    (_, response) => {
      sockets.add(response.socket);
      sendJson(response, { items: [], metadata: {} });
    },
    async (client) => {
      for (let i = 0; i < 10; i += 1) await client.list(pods);
      assert.equal(sockets.size, 1);
    },
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { createClusterClient } from './client.ts';
import { connect } from './connection.ts';
import { createEventEmitter, type EventToEmit } from './event-emitter.ts';
import { createLeaseStore } from './lease-store.ts';
import { sendJson, startScriptedApiServer } from './scripted-api-server.ts';

const event: EventToEmit = {
  regarding: {
    apiVersion: 'syncreplica.io/v1alpha1',
    kind: 'SyncReplica',
    namespace: 'shop',
    name: 'uploads',
    uid: 'u1',
  },
  type: 'Warning',
  reason: 'ReplicaOffline',
  action: 'Observe',
  note: 'dr is offline',
};

test('the same is counted for a while, another object’s is said, and a failure is survived', async () => {
  let isDown = false;
  const server = await startScriptedApiServer((request, response) =>
    isDown ? sendJson(response, { message: 'no' }, 500) : sendJson(response, JSON.parse(request.body)),
  );
  const connection = connect(server.config);
  const clock = createManualClock(1_000_000);
  const emitter = createEventEmitter(createClusterClient(connection), {
    instance: 'op-0',
    clock,
    logger: silentLogger,
  });
  try {
    await emitter.emit(event);
    await emitter.emit(event);
    await emitter.emit({ ...event, regarding: { ...event.regarding, uid: 'u2' } });
    assert.equal(server.requests.length, 2, 'no write for every repetition');
    clock.advance(60_000);
    await emitter.emit(event);
    const counted = server.requests[2];
    assert.deepEqual([counted?.method, JSON.parse(counted?.body ?? '').series.count], ['PATCH', 3]);
    clock.advance(11 * 60_000);
    await emitter.emit(event);
    assert.deepEqual([server.requests.length, server.requests[3]?.method], [4, 'POST']);
    const written = JSON.parse(server.requests[0]?.body ?? '');
    assert.equal(server.requests[0]?.path, '/apis/events.k8s.io/v1/namespaces/shop/events');
    assert.match(written.metadata.name, /^uploads\.[0-9a-f]{16}$/);
    assert.match(written.eventTime, /\.\d{6}Z$/);
    isDown = true;
    await emitter.emit({ ...event, note: 'another' });
    assert.equal(server.requests.length, 5);
  } finally {
    connection.close();
    await server.close();
  }
});

test('a lease is created, then replaced with what was read, and its times survive the way', async () => {
  let stored: Record<string, unknown> | undefined;
  const server = await startScriptedApiServer((request, response) => {
    if (request.method === 'GET') {
      if (stored) sendJson(response, stored);
      else sendJson(response, { reason: 'NotFound' }, 404);
      return;
    }
    stored = { ...JSON.parse(request.body), metadata: { namespace: 'sys', name: 'leader', resourceVersion: '7' } };
    sendJson(response, stored);
  });
  const connection = connect(server.config);
  const store = createLeaseStore(createClusterClient(connection), { namespace: 'sys', name: 'leader' });
  const record = {
    holder: 'a',
    durationMs: 15_000,
    acquiredAt: 1_700_000_000_123,
    renewedAt: 1_700_000_001_456,
    transitions: 3,
  };
  try {
    assert.equal(await store.read(), undefined);
    await store.write(record, undefined);
    const found = await store.read();
    assert.deepEqual(found?.record, record);
    await store.write({ ...record, holder: '' }, found?.handle);
    const last = server.requests.at(-1);
    assert.equal(last?.method, 'PUT');
    assert.equal(JSON.parse(last?.body ?? '').metadata.resourceVersion, '7', 'a lost race is refused');
  } finally {
    connection.close();
    await server.close();
  }
});

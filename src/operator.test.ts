import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { mock, test } from 'node:test';
import { createClusterClient } from './cluster/client.ts';
import { connect } from './cluster/connection.ts';
import type { Pod } from './cluster/objects.ts';
import { pods } from './cluster/resources.ts';
import { type ScriptedRequest, sendJson, startScriptedApiServer } from './cluster/scripted-api-server.ts';
import { SyncReplicaOperator, type Watched } from './operator.ts';
import { systemClock } from './process/clock.ts';
import type { Logger } from './process/log/logger.ts';
import { silentLogger } from './process/log/logger.ts';
import { createStore } from './runtime/store.ts';

// The base class reads it when it is made, whatever configuration it is given after.
delete process.env.KUBECONFIG;

const pod = (name: string, resourceVersion: string) => ({
  metadata: { name, namespace: 'shop', uid: name, resourceVersion },
});
const line = (type: string, object: unknown): string => `${JSON.stringify({ type, object })}\n`;

interface Running {
  readonly seen: string[];
  readonly logged: string[];
  readonly failures: string[];
  readonly requests: ScriptedRequest[];
  readonly operator: SyncReplicaOperator;
  until(holds: () => boolean): Promise<void>;
}

/** Runs an operator against a server that answers each watch with the next step of the script. */
const withOperator = async (
  script: ((response: ServerResponse) => void)[],
  run: (running: Running) => Promise<void>,
  options: { items?: object[]; onChange?: Watched['onChange'] } = {},
): Promise<void> => {
  const exit = mock.method(process, 'exit', (() => {
    throw new Error('process.exit was called');
  }) as never);
  const server = await startScriptedApiServer((request, response) => {
    if (request.query.get('watch') !== 'true') {
      sendJson(response, { metadata: { resourceVersion: '10' }, items: options.items ?? [pod('a', '5')] });
    } else {
      const step = script.shift();
      if (step) step(response);
      else response.writeHead(200).flushHeaders();
    }
  });
  const logged: string[] = [];
  const logger: Logger = { ...silentLogger, error: (_, message) => logged.push(message), child: () => logger };
  const [seen, failures]: [string[], string[]] = [[], []];
  const store = createStore<Pod>();
  const connection = connect(server.config);
  const operator = new SyncReplicaOperator({
    kubeConfig: server.config,
    client: createClusterClient(connection),
    clock: systemClock,
    random: () => 0,
    logger,
    failed: (resource, what) => failures.push(`${resource} ${what}`),
    watched: [
      {
        resource: pods,
        store: store as never,
        onChange(change) {
          seen.push(`${change.type} ${change.object.metadata?.name}`);
          options.onChange?.(change);
        },
      },
    ],
  });
  const until = async (holds: () => boolean): Promise<void> => {
    const limit = performance.now() + 180_000;
    while (!holds()) {
      if (performance.now() > limit) assert.fail(`not so after 3 minutes: ${holds}; seen ${seen}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  try {
    await operator.start();
    await run({ seen, logged, failures, requests: server.requests, operator, until });
    assert.equal(exit.mock.callCount(), 0, 'the process was not ended');
  } finally {
    operator.stop();
    await operator.stopped();
    connection.close();
    await server.close();
    exit.mock.restore();
  }
};

const watches = (requests: readonly ScriptedRequest[]): ScriptedRequest[] =>
  requests.filter(({ query }) => query.get('watch') === 'true');
const lists = (requests: readonly ScriptedRequest[]): ScriptedRequest[] =>
  requests.filter(({ method, query }) => method === 'GET' && query.get('watch') !== 'true');

test('a watch that fails in any way is taken up again instead of ending the process', async () => {
  await withOperator(
    [
      (response) => sendJson(response, { message: 'etcd is away' }, 500),
      (response) => void response.destroy(),
      (response) => {
        response.writeHead(200);
        response.write('{"type":"ADDED","obj');
        setImmediate(() => response.destroy());
      },
      (response) => void response.writeHead(200).write(line('ADDED', pod('b', '11'))),
    ],
    async ({ seen, failures, requests, until }) => {
      await until(() => seen.includes('ADDED b'));
      assert.deepEqual(seen, ['ADDED a', 'ADDED b']);
      assert.ok(watches(requests).length >= 4);
      assert.ok(failures.length >= 3);
    },
  );
});

test('an ERROR event is survived, and after one that says the version is gone everything is listed again', async () => {
  await withOperator(
    [
      (response) => response.end(line('ERROR', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' })),
      (response) => response.end(line('ERROR', { kind: 'Status', code: 500, message: 'etcd leader changed' })),
      (response) => void response.writeHead(200).write(line('ADDED', pod('b', '11'))),
    ],
    async ({ seen, requests, until }) => {
      await until(() => seen.includes('ADDED b'));
      assert.equal(lists(requests).length, 3);
      assert.deepEqual(seen, ['ADDED a', 'ADDED b'], 'what a new list repeats is not told again');
    },
  );
});

test('a handler that throws is logged and counted, and the next event is handled', async () => {
  await withOperator(
    [(response) => void response.writeHead(200).write(line('ADDED', pod('b', '11')) + line('DELETED', pod('b', '12')))],
    async ({ seen, logged, failures, until }) => {
      await until(() => seen.includes('DELETED b'));
      assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'DELETED b']);
      assert.deepEqual(logged, ['event handler failed']);
      assert.deepEqual(failures, ['pods handler']);
    },
    {
      onChange(change) {
        if (change.type === 'ADDED' && change.object.metadata?.name === 'b') throw new Error('no');
      },
    },
  );
});

test('a reconnect replays nothing: a watch goes on from the last version that was seen', async () => {
  await withOperator(
    [
      (response) => response.end(line('ADDED', pod('b', '11'))),
      (response) => response.end(line('BOOKMARK', { metadata: { resourceVersion: '20' } })),
      (response) => void response.writeHead(200).write(line('MODIFIED', pod('b', '21'))),
    ],
    async ({ seen, requests, until }) => {
      await until(() => seen.includes('MODIFIED b'));
      assert.deepEqual(
        watches(requests)
          .slice(0, 3)
          .map(({ query }) => query.get('resourceVersion')),
        ['10', '11', '20'],
      );
      assert.deepEqual(seen, ['ADDED a', 'ADDED b', 'MODIFIED b']);
      assert.equal(lists(requests).length, 1);
    },
  );
});

test('stopping ends watches that say nothing', async () => {
  await withOperator([], async ({ operator, requests, until }) => {
    await until(() => watches(requests).length === 1);
    operator.stop();
    await operator.stopped();
  });
});

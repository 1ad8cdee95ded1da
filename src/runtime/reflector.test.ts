import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { runReflector, type Versioned, type WatchLine } from './reflector.ts';

interface Thing extends Versioned {
  metadata: { name: string; resourceVersion: string };
}
const thing = (name: string, resourceVersion: string): Thing => ({ metadata: { name, resourceVersion } });
type Script = (WatchLine<unknown> | Error | 'hang')[];

/** A server that answers lists and watches as scripted, and records what it was asked. */
const reflect = async (lists: (Thing[] | Error)[], watches: Script[], forMs: number) => {
  const asked: string[] = [];
  const seen: string[] = [];
  const failures: string[] = [];
  const controller = new AbortController();
  const clock = createManualClock();
  const ended = runReflector<Thing>({
    source: {
      async *list() {
        asked.push('list');
        const answer = lists.shift() ?? [];
        if (answer instanceof Error) throw answer;
        yield { items: answer, resourceVersion: '100' };
      },
      async *watch(version, signal) {
        asked.push(`watch ${version}`);
        for (const step of watches.shift() ?? ['hang']) {
          if (step === 'hang') await new Promise((resolve) => signal.addEventListener('abort', resolve));
          else if (step instanceof Error) throw step;
          else yield step as WatchLine<Thing>;
        }
      },
      isExpired: (error) => error instanceof Error && error.message === 'gone',
    },
    sink: {
      replacing() {
        const listed: Thing[] = [];
        return {
          page: (items) => void listed.push(...items),
          done: () => void seen.push(`replace ${listed.map((item) => item.metadata.name)}`),
        };
      },
      apply: (type, object) => seen.push(`${type} ${object.metadata.name}`),
    },
    clock,
    random: () => 1,
    logger: silentLogger,
    signal: controller.signal,
    failed: (what) => failures.push(what),
  });
  for (let passed = 0; passed <= forMs; passed += 250) {
    for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(250);
  }
  controller.abort();
  await ended;
  return { asked, seen, failures };
};

test('a watch goes on from the last version seen, bookmarks included, without a new list', async () => {
  const { asked, seen } = await reflect(
    [[thing('a', '90')]],
    [
      [
        { type: 'ADDED', object: thing('b', '101') },
        { type: 'BOOKMARK', object: { metadata: { resourceVersion: '150' } } },
      ],
      [{ type: 'DELETED', object: thing('a', '160') }, new Error('connection reset')],
      ['hang'],
    ],
    5_000,
  );
  assert.deepEqual(asked, ['list', 'watch 100', 'watch 150', 'watch 160']);
  assert.deepEqual(seen, ['replace a', 'ADDED b', 'DELETED a']);
});

test('an expired version, as an ERROR event or as an answer, leads to a new list', async () => {
  const { asked, failures } = await reflect(
    [[], [], []],
    [[{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }], [new Error('gone')], ['hang']],
    10_000,
  );
  assert.deepEqual(asked, ['list', 'watch 100', 'list', 'watch 100', 'list', 'watch 100']);
  assert.deepEqual(failures, ['watch', 'watch']);
});

test('failures are retried with growing delays and end nothing', async () => {
  const down = () => new Error('connect ECONNREFUSED');
  const { asked, failures, seen } = await reflect([down(), down(), down(), [thing('a', '1')]], [['hang']], 4_000);
  assert.deepEqual(asked, ['list', 'list', 'list', 'list', 'watch 100'], '0.5 + 1 + 2 s');
  assert.equal(failures.length, 3);
  assert.deepEqual(seen, ['replace a']);
});

test('an ERROR event that is not about the version, and one that is no event at all, are survived', async () => {
  const { asked, seen } = await reflect(
    [],
    [
      [{ type: 'ERROR', object: { kind: 'Status', code: 500, message: 'etcd leader changed' } }],
      [{ type: 'ADDED', object: {} }],
      [{ type: 'SURPRISE', object: thing('x', '1') }],
      [{ type: 'ADDED', object: thing('a', '101') }, 'hang'],
    ],
    10_000,
  );
  assert.deepEqual(
    asked,
    Array.from({ length: 4 }, () => ['list', 'watch 100']).flat(),
    'what follows them is not trusted',
  );
  assert.deepEqual(seen.at(-1), 'ADDED a');
});

test('a server that closes every watch at once is not asked in a busy loop', async () => {
  const { asked } = await reflect([[]], [[], [], [], [], [], [], [], []], 3_500);
  assert.deepEqual(asked, ['list', 'watch 100', 'watch 100', 'watch 100', 'watch 100'].slice(0, asked.length));
  assert.ok(asked.length <= 5, `${asked.length} requests in 3.5 s`);
});

test('each page of a list is taken in before the next is asked for: of no list all is kept untrimmed', async () => {
  const told: string[] = [];
  const controller = new AbortController();
  await runReflector<Thing>({
    source: {
      async *list() {
        for (const name of ['a', 'b']) {
          told.push(`asked for ${name}`);
          yield { items: [thing(name, '1')], resourceVersion: '1' };
        }
      },
      watch() {
        controller.abort();
        return (async function* () {})();
      },
      isExpired: () => false,
    },
    sink: {
      replacing: () => ({
        page: (items) => void told.push(`took ${items.map(({ metadata }) => metadata.name)}`),
        done: () => void told.push('done'),
      }),
      apply() {},
    },
    clock: createManualClock(),
    random: () => 1,
    logger: silentLogger,
    signal: controller.signal,
  });
  assert.deepEqual(told, ['asked for a', 'took a', 'asked for b', 'took b', 'done']);
});

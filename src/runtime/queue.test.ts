import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createManualClock } from '../process/manual-clock.ts';
import { createQueue, type QueueMetrics } from './queue.ts';

const setUp = (metrics?: QueueMetrics) => {
  const clock = createManualClock();
  const queue = createQueue({
    clock,
    backoff: { initialMs: 100, maxMs: 10_000 },
    random: () => 1,
    ...(metrics ? { metrics } : {}),
  });
  return { clock, queue };
};

test('a key that is added twice is worked on once', async () => {
  const { queue } = setUp();
  queue.add('a');
  queue.add('a');
  assert.equal(queue.length, 1);
  assert.equal(await queue.take(), 'a');
  queue.done('a');
  assert.equal(queue.length, 0);
});

test('a key added while it is worked on waits for its worker and then comes back once', async () => {
  const { queue } = setUp();
  queue.add('a');
  await queue.take();
  queue.add('a');
  queue.add('a');
  assert.equal(queue.length, 0, 'no second worker may have it');
  queue.done('a');
  assert.equal(queue.length, 1);
  assert.equal(await queue.take(), 'a');
});

test('a worker that waits is given the key that comes', async () => {
  const { queue } = setUp();
  const taken = queue.take();
  queue.add('a');
  assert.equal(await taken, 'a');
});

test('of several delays for one key the earliest counts, and it comes once', async () => {
  const { queue, clock } = setUp();
  queue.addAfter('a', 500);
  queue.addAfter('a', 100);
  queue.addAfter('a', 900);
  clock.advance(99);
  assert.equal(queue.length, 0);
  clock.advance(1);
  assert.equal(await queue.take(), 'a');
  queue.done('a');
  clock.advance(10_000);
  assert.equal(queue.length, 0);
});

test('failures double the delay up to the maximum, and forget starts anew', () => {
  const { queue } = setUp();
  const delays = [0, 1, 2, 3, 4, 5, 6, 7, 8].map(() => queue.addRateLimited('a'));
  assert.deepEqual(delays, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  assert.equal(queue.failures('a'), 9);
  queue.forget('a');
  assert.equal(queue.addRateLimited('a'), 100);
  assert.equal(queue.failures('b'), 0);
});

test('shutting down frees those who wait, drops what is delayed and accepts nothing more', async () => {
  const { queue, clock } = setUp();
  const taken = queue.take();
  queue.addAfter('late', 10);
  queue.shutDown();
  assert.equal(await taken, undefined);
  clock.advance(100);
  queue.add('a');
  assert.equal(queue.length, 0);
  assert.equal(await queue.take(), undefined);
});

test('metrics tell depth, adds, retries, and how long a key waited and was worked on', async () => {
  const seen: string[] = [];
  let open: () => Iterable<number> = () => [];
  const { queue, clock } = setUp({
    depth: (n) => seen.push(`depth ${n}`),
    added: () => seen.push('added'),
    retried: () => seen.push('retried'),
    waited: (s) => seen.push(`waited ${s}`),
    worked: (s) => seen.push(`worked ${s}`),
    unfinished: (read) => {
      open = read;
    },
  });
  queue.add('a');
  clock.advance(2_000);
  await queue.take();
  const takenAt = clock.monotonic();
  clock.advance(3_000);
  assert.deepEqual([...open()], [takenAt]);
  queue.done('a');
  assert.deepEqual([...open()], []);
  queue.addRateLimited('a');
  assert.deepEqual(seen, ['added', 'depth 1', 'waited 2', 'depth 0', 'worked 3', 'retried']);
});

test('no key is lost and none is with two workers, whatever the order of calls', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('take' as const), key: fc.constant('') }),
    fc.record({ do: fc.constant('done' as const), key: fc.constantFrom('a', 'b', 'c') }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { queue } = setUp();
      const held = new Set<string>();
      const owed = new Set<string>();
      for (const { do: action, key } of steps) {
        if (action === 'add') {
          queue.add(key);
          owed.add(key);
        } else if (action === 'take' && queue.length > 0) {
          const taken = (await queue.take()) as string;
          assert.ok(!held.has(taken));
          held.add(taken);
          owed.delete(taken);
        } else if (action === 'done') {
          queue.done(key);
          held.delete(key);
        }
      }
      for (const key of held) queue.done(key);
      while (queue.length > 0) owed.delete((await queue.take()) as string);
      assert.deepEqual([...owed], []);
    }),
  );
});

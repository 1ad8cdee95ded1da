import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../src/process/clock.ts';
import { silentLogger } from '../../../src/process/log/logger.ts';
import { WriteHold } from './write-hold.ts';

/** A hold of a volume on which no rsync runs; `done`: what was done, in order. */
const makeScene = () => {
  const done: string[] = [];
  const hold = new WriteHold({
    runs: { pauseWriters: () => done.push('paused'), resumeWriters: () => done.push('resumed') },
    receivedBytes: () => 0,
    sync: async () => {
      done.push('synced');
    },
    clock: systemClock,
    logger: silentLogger,
  });
  const begin = (id: string) => hold.begin({ id, waitMs: 0, forMs: 60_000 });
  return { done, hold, begin };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what was under way when it began is done before all is made durable', async () => {
  const { done, hold, begin } = makeScene();
  const { promise, resolve } = Promise.withResolvers<void>();
  const deletion = hold.operate(() => promise.then(() => void done.push('deleted')));
  await turn();
  const held = begin('a');
  await turn();
  resolve();
  await Promise.all([deletion, held]);
  assert.deepEqual(done, ['paused', 'deleted', 'synced']);
  await hold.end({ id: 'a' });
});

test('what waited for one hold waits for the next that began when the first was let go', async () => {
  const { done, hold, begin } = makeScene();
  await begin('a');
  const deletion = hold.operate(() => void done.push('deleted'));
  await turn();
  const ended = hold.end({ id: 'a' });
  const next = begin('b');
  await Promise.all([ended, next]);
  await turn();
  assert.deepEqual(done, ['paused', 'synced', 'resumed', 'paused', 'synced']);
  await hold.end({ id: 'b' });
  await deletion;
  assert.equal(done.at(-1), 'deleted');
});

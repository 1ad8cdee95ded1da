import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { type ReconcileOutcome, type ReconcileResult, runLoop, TerminalError } from './loop.ts';
import { createQueue } from './queue.ts';

const setUp = (reconcile: (key: string) => Promise<ReconcileResult>, workers = 1) => {
  const clock = createManualClock();
  const queue = createQueue({ clock, backoff: { initialMs: 100, maxMs: 1_000 }, random: () => 1 });
  const outcomes: ReconcileOutcome[] = [];
  const finished = runLoop({
    queue,
    workers,
    clock,
    logger: silentLogger,
    reconcile,
    isConflict: (error) => error instanceof Error && error.message === 'conflict',
    observe: (outcome) => outcomes.push(outcome),
  });
  return { clock, queue, outcomes, finished };
};

/** Lets every promise that is ready run on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a key that fails comes back after back-off, and a success forgets its failures', async () => {
  let calls = 0;
  const { clock, queue, outcomes, finished } = setUp(async () => {
    calls += 1;
    if (calls <= 2) throw new Error('no');
    return {};
  });
  queue.add('a');
  await settle();
  assert.equal(calls, 1);
  clock.advance(100);
  await settle();
  assert.equal(calls, 2);
  clock.advance(199);
  await settle();
  assert.equal(calls, 2, 'the second delay is longer');
  clock.advance(1);
  await settle();
  assert.equal(calls, 3);
  assert.equal(queue.failures('a'), 0);
  queue.shutDown();
  await finished;
  assert.deepEqual(outcomes, ['error', 'error', 'success']);
});

test('a result may ask for another look; a terminal error is not tried again; a conflict is', async () => {
  const answers = new Map<string, () => ReconcileResult>([
    ['wait', () => ({ requeueAfterMs: 5_000 })],
    [
      'terminal',
      () => {
        throw new TerminalError('decide replica: the spec is wrong');
      },
    ],
    [
      'conflict',
      () => {
        throw new Error('conflict');
      },
    ],
  ]);
  const calls: string[] = [];
  const { clock, queue, outcomes, finished } = setUp(async (key) => {
    calls.push(key);
    return answers.get(key)?.() ?? {};
  });
  for (const key of answers.keys()) queue.add(key);
  await settle();
  assert.deepEqual(outcomes, ['requeue', 'terminal', 'conflict']);
  clock.advance(100);
  await settle();
  assert.deepEqual(calls, ['wait', 'terminal', 'conflict', 'conflict']);
  clock.advance(4_900);
  await settle();
  assert.deepEqual(calls.filter((key) => key === 'wait').length, 2);
  assert.deepEqual(calls.filter((key) => key === 'terminal').length, 1);
  queue.shutDown();
  await finished;
});

test('shutting down waits for what was begun and works nothing else', async () => {
  let release: () => void = () => {};
  const begun: string[] = [];
  const { queue, finished } = setUp(async (key) => {
    begun.push(key);
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    return {};
  });
  queue.add('a');
  await settle();
  queue.shutDown();
  let ended = false;
  finished.then(() => {
    ended = true;
  });
  await settle();
  assert.equal(ended, false);
  release();
  await finished;
  assert.deepEqual(begun, ['a']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StillOrder } from './call-still.ts';
import { type StillWork, takeCheckpoint } from './take-checkpoint.ts';

/** One that needs so many looks, of 20 ms each, until nothing is on its way. */
const targetOf = (name: string, looks: number) => ({
  name,
  checkpoint: async () => (looks-- > 0 ? 'changes are on their way' : null),
});

const take = async (work: Partial<StillWork>, fails?: StillOrder['order']) => {
  let now = 0;
  const told: string[] = [];
  const outcome = await takeCheckpoint({
    targets: [targetOf('dr', 3)],
    timeoutMs: 1_000,
    clock: {
      monotonic: () => now,
      sleep: async (ms) => {
        now += ms;
        return true;
      },
    },
    call: async ({ order }) => {
      told.push(order);
      if (order === fails) throw new Error(`${order} fails`);
    },
    watch: { drainAll: async () => void told.push('drained'), told: 0 },
    push: () => {},
    signal: new AbortController().signal,
    ...work,
  });
  return { outcome: Object.fromEntries(outcome), told: told.join() };
};

test('the application is still until every target has its checkpoint, and then goes on', async () => {
  const done = await take({ targets: [targetOf('dr', 3), targetOf('offsite', 35)] });
  assert.deepEqual(done, { outcome: { dr: null, offsite: null }, told: 'BeStill,drained,GoOn' });
});

test('what keeps changing is given up when the time is over, for that target alone', async () => {
  const { outcome, told } = await take({ targets: [targetOf('dr', 3), targetOf('offsite', 1_000)] });
  assert.deepEqual(outcome, { dr: null, offsite: 'not within 1 s: changes are on their way' });
  assert.equal(told, 'BeStill,drained,GoOn');
});

test('one that writes on after its answer has none, however quickly all of it arrives, and goes on at once', async () => {
  const watch = { told: 7, drainAll: async () => {} };
  // The kernel is asked once more before the target is: nobody has told of the last write yet.
  const asks = async (isStill: () => Promise<boolean>) => ((await isStill()) ? null : 'changes are on their way');
  const writesOn = async (isStill: () => Promise<boolean>) => {
    watch.drainAll = async () => {
      watch.told += 1;
    };
    return asks(isStill);
  };
  const why = 'the application wrote on after it had answered that it is still';
  assert.deepEqual((await take({ watch, targets: [{ name: 'dr', checkpoint: asks }] })).outcome, { dr: null });
  const { outcome, told } = await take({ watch, targets: [{ name: 'dr', checkpoint: writesOn }] });
  assert.deepEqual(outcome, { dr: why });
  assert.equal(told, 'BeStill,GoOn');
});

test('one that writes on a moment after all has arrived has none: a quick target is done between two writes', async () => {
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
    return true;
  };
  const isStillSoon = async (isStill: () => Promise<boolean>) =>
    (await isStill()) ? null : 'changes are on their way';
  const watch = {
    drainAll: async () => {},
    /** Each 40 ms. */
    get told() {
      return Math.floor(now / 40);
    },
  };
  const { outcome } = await take({
    clock: { monotonic: () => now, sleep },
    watch,
    targets: [{ name: 'dr', checkpoint: isStillSoon }],
  });
  assert.deepEqual(outcome, { dr: 'the application wrote on after it had answered that it is still' });
});

test('what has all of it only when the time is over has none: the application goes on by itself then', async () => {
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
    return true;
  };
  // Its last look at the source takes until after the end.
  const watch = { told: 0, drainAll: () => sleep(600).then(() => {}) };
  const asks = async (isStill: () => Promise<boolean>) => ((await isStill()) ? null : 'changes are on their way');
  const targets = [{ name: 'dr', checkpoint: asks }];
  const { outcome } = await take({ clock: { monotonic: () => now, sleep }, watch, targets });
  assert.deepEqual(outcome, { dr: 'not within 1 s: changes are on their way' });
});

test('an application that refuses has no checkpoint, and is told to go on all the same: it may have begun to be still', async () => {
  assert.deepEqual(await take({}, 'BeStill'), { outcome: { dr: 'BeStill fails' }, told: 'BeStill,GoOn' });
});

test('one that can’t be told to go on has its checkpoint', async () => {
  assert.deepEqual((await take({}, 'GoOn')).outcome, { dr: null });
});

test('an agent that ends lets it go on at once', async () => {
  const { outcome, told } = await take({ targets: [targetOf('dr', 1_000)], signal: AbortSignal.abort() });
  assert.match(outcome.dr ?? '', /^not within/);
  assert.equal(told, 'BeStill,drained,GoOn');
});

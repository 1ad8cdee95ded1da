import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errorCode } from '../../../src/process/failure.ts';
import { createManualClock } from '../../../src/process/manual-clock.ts';
import { isCompatible, joinModes, type LockMode } from './lock-modes.ts';
import { type LockWish, planLocks } from './lock-plan.ts';
import { type HeldLocks, PathLocks } from './path-locks.ts';

const modes: readonly LockMode[] = ['IS', 'IX', 'S', 'X'];
const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Watches a promise without waiting for it. */
function watch<T>(promise: Promise<T>): { state: 'waits' | 'granted' | string; value: T | undefined } {
  const seen: { state: string; value: T | undefined } = { state: 'waits', value: undefined };
  promise.then(
    (value) => Object.assign(seen, { state: 'granted', value }),
    (error) => Object.assign(seen, { state: errorCode(error) }),
  );
  return seen;
}

test('modes: the usual matrix, symmetric, and joins that grant what both grant', () => {
  assert.deepEqual(
    modes.map((row) => modes.map((column) => (isCompatible[row][column] ? '+' : '-')).join('')),
    ['+++-', '++--', '+-+-', '----'],
  );
  for (const a of modes) {
    for (const b of modes) {
      assert.equal(isCompatible[a][b], isCompatible[b][a]);
      assert.equal(joinModes[a][b], joinModes[b][a]);
      for (const other of modes) {
        if (isCompatible[joinModes[a][b]][other]) assert.ok(isCompatible[a][other] && isCompatible[b][other]);
      }
    }
  }
});

test('a plan has an intention on every name above, once and above first', () => {
  assert.deepEqual(
    planLocks([
      { path: 'a/b/c', mode: 'X' },
      { path: 'a', mode: 'S' },
      { path: 'a/b', mode: 'IS' },
      { path: 'd', mode: 'IS' },
    ]),
    [
      { path: '', mode: 'IX' },
      { path: 'a', mode: 'X' },
      { path: 'a/b', mode: 'IX' },
      { path: 'a/b/c', mode: 'X' },
      { path: 'd', mode: 'IS' },
    ],
  );
});

test('work on separate paths goes on side by side, a subtree waits for what is inside it', async () => {
  const locks = new PathLocks();
  const inside = await locks.acquire([{ path: 'a/b/c', mode: 'X' }], { name: 'inside' });
  const beside = await locks.acquire([{ path: 'a/b/d', mode: 'X' }], { name: 'beside' });
  const subtree = watch(locks.acquire([{ path: 'a', mode: 'X' }], { name: 'subtree' }));
  await tick();
  assert.equal(subtree.state, 'waits');
  const { holders, waiters, held, waiting } = locks.snapshot();
  assert.equal(held, 9);
  assert.deepEqual(
    holders.filter(({ owner }) => owner === 'inside').map(({ path, mode }) => `${mode} ${path}`),
    ['IX ', 'IX a', 'IX a/b', 'X a/b/c'],
  );
  assert.equal(waiting, 1);
  assert.deepEqual(
    waiters.map(({ path, mode, owner, waitsFor }) => ({ path, mode, owner, waitsFor })),
    [{ path: 'a', mode: 'X', owner: 'subtree', waitsFor: ['inside', 'beside'] }],
  );
  inside.release();
  inside.release();
  await tick();
  assert.equal(subtree.state, 'waits');
  beside.release();
  await tick();
  assert.equal(subtree.state, 'granted');
  subtree.value?.release();
  assert.deepEqual(locks.snapshot(), { holders: [], waiters: [], held: 0, waiting: 0 });
});

test('waiters are served in order: readers that come later don’t pass a writer', async () => {
  const locks = new PathLocks();
  const reader = await locks.acquire([{ path: 'a', mode: 'S' }]);
  const writer = watch(locks.acquire([{ path: 'a', mode: 'X' }]));
  const later = watch(locks.acquire([{ path: 'a', mode: 'S' }]));
  await tick();
  assert.deepEqual([writer.state, later.state], ['waits', 'waits']);
  reader.release();
  await tick();
  assert.deepEqual([writer.state, later.state], ['granted', 'waits']);
  writer.value?.release();
  await tick();
  assert.equal(later.state, 'granted');
});

test('a wait has an end, and what was held is free afterwards', async () => {
  const clock = createManualClock();
  const seen: string[] = [];
  const locks = new PathLocks({
    clock,
    timeoutMs: 50,
    onTimeout: () => seen.push('timeout'),
    onWaited: (ms) => seen.push(`waited ${ms}`),
  });
  const holder = await locks.acquire([{ path: 'b', mode: 'X' }]);
  const waiter = watch(
    locks.acquire([
      { path: 'a', mode: 'X' },
      { path: 'b', mode: 'X' },
    ]),
  );
  const behind = watch(locks.acquire([{ path: 'a', mode: 'X' }]));
  clock.advance(49);
  await tick();
  assert.deepEqual([waiter.state, behind.state], ['waits', 'waits']);
  clock.advance(1);
  await tick();
  assert.equal(waiter.state, 'LockTimeout');
  assert.deepEqual(seen.slice(0, 2), ['timeout', 'waited 50']);
  assert.ok(behind.state === 'granted' || behind.state === 'LockTimeout');
  holder.release();
  assert.equal(watch(locks.acquire([{ path: 'b', mode: 'X' }])).state, 'waits');
  await tick();
});

test('of two that wait for each other the younger gives way, and gets it when it tries again', async () => {
  let deadlocks = 0;
  const locks = new PathLocks({ onDeadlock: () => (deadlocks += 1) });
  const older = await locks.acquire([{ path: 'a', mode: 'X' }]);
  const younger = await locks.acquire([{ path: 'b', mode: 'X' }]);
  const youngerWaits = watch(younger.acquire([{ path: 'a', mode: 'X' }]));
  const olderWaits = watch(older.acquire([{ path: 'b', mode: 'X' }]));
  await tick();
  assert.deepEqual([youngerWaits.state, olderWaits.state, deadlocks], ['Deadlock', 'granted', 1]);
  const again = watch(
    younger.acquire([
      { path: 'a', mode: 'X' },
      { path: 'b', mode: 'X' },
    ]),
  );
  await tick();
  assert.equal(again.state, 'waits');
  older.release();
  await tick();
  assert.equal(again.state, 'granted');
});

test('two that hold a name for reading and both want to write it don’t wait for ever', async () => {
  const locks = new PathLocks();
  const first = await locks.acquire([{ path: 'a', mode: 'S' }]);
  const second = await locks.acquire([{ path: 'a', mode: 'S' }]);
  const firstWaits = watch(first.acquire([{ path: 'a', mode: 'X' }]));
  const secondWaits = watch(second.acquire([{ path: 'a', mode: 'X' }]));
  await tick();
  assert.deepEqual([firstWaits.state, secondWaits.state], ['granted', 'Deadlock']);
});

const paths = ['', 'a', 'b', 'a/a', 'a/b', 'b/a', 'b/b', 'a/a/a'];
const wishes = fc.array(fc.record({ path: fc.constantFrom(...paths), mode: fc.constantFrom(...modes) }), {
  minLength: 1,
  maxLength: 3,
});
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

/** Whether two owners that hold these could get into each other's way: S and X reach below their path. */
const conflicts = (a: LockWish, b: LockWish): boolean => {
  const reaches = (x: LockWish, y: LockWish): boolean =>
    x.path === y.path || ((x.mode === 'S' || x.mode === 'X') && (x.path === '' || y.path.startsWith(`${x.path}/`)));
  return (reaches(a, b) || reaches(b, a)) && !isCompatible[a.mode][b.mode];
};

test(`any schedule: never two in each other’s way, and everybody gets what it wants in the end, seed ${seed}`, async () => {
  let deadlocks = 0;
  const worker = fc.record({ rounds: fc.array(wishes, { minLength: 1, maxLength: 4 }), pause: fc.nat(3) });
  await fc.assert(
    fc.asyncProperty(fc.array(worker, { minLength: 2, maxLength: 6 }), async (workers) => {
      const locks = new PathLocks({ onDeadlock: () => (deadlocks += 1) });
      const held = new Map<number, LockWish[]>();
      const run = async (index: number, rounds: LockWish[][], pause: number): Promise<void> => {
        for (;;) {
          let mine: HeldLocks | undefined;
          try {
            for (const round of rounds) {
              if (mine === undefined) mine = await locks.acquire(round);
              else await mine.acquire(round);
              // A victim hears of it within the same turn, but perhaps after us.
              await Promise.resolve().then(() => {});
              const all = [...(held.get(index) ?? []), ...round];
              for (const [other, theirs] of held) {
                if (other === index) continue;
                for (const a of all) for (const b of theirs) assert.equal(conflicts(a, b), false);
              }
              held.set(index, all);
              for (let i = 0; i < pause; i += 1) await Promise.resolve();
            }
            held.delete(index);
            mine?.release();
            return;
          } catch (error) {
            if (errorCode(error) !== 'Deadlock') throw error;
            held.delete(index);
          }
        }
      };
      await Promise.all(workers.map(({ rounds, pause }, index) => run(index, rounds, pause)));
      assert.deepEqual(locks.snapshot(), { holders: [], waiters: [], held: 0, waiting: 0 });
    }),
    { numRuns: 1500, seed },
  );
  assert.ok(deadlocks > 0, 'the schedules were to have deadlocks in them');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock, type ManualClock } from '../process/manual-clock.ts';
import { type LeaseStore, leaderTiming, runElection } from './leader.ts';
import { judgeLease, type LeaseRecord } from './lease.ts';

const minute = 60_000;
const record = (fields: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder: 'other',
  durationMs: 15_000,
  acquiredAt: 0,
  renewedAt: 0,
  transitions: 7,
  ...fields,
});

test('what a candidate does about a lease', () => {
  const question = { identity: 'me', now: 100_000, wallClock: 10 * minute, timing: leaderTiming };
  const table = [
    { name: 'none yet: counts on from the minutes since 1970', seen: undefined, kind: 'take', epoch: 10 },
    { name: 'another holds it', seen: { record: record(), since: 90_000 }, kind: 'wait' },
    { name: 'another held it until now', seen: { record: record(), since: 85_001 }, kind: 'wait' },
    { name: 'another let it run out', seen: { record: record(), since: 85_000 }, kind: 'take', epoch: 8 },
    { name: 'another gave it back', seen: { record: record({ holder: '' }), since: 99_999 }, kind: 'take', epoch: 8 },
    { name: 'mine', seen: { record: record({ holder: 'me' }), since: 0 }, kind: 'renew', epoch: 7 },
  ];
  for (const { name, seen, kind, epoch } of table) {
    const verdict = judgeLease(seen, question);
    assert.equal(verdict.kind, kind, name);
    if (verdict.kind === 'wait') continue;
    assert.equal(verdict.epoch, epoch, name);
    assert.equal(verdict.record.holder, 'me', name);
    assert.equal(verdict.record.transitions, epoch, name);
    assert.equal(verdict.record.renewedAt, 10 * minute, name);
    assert.equal(verdict.record.acquiredAt, kind === 'renew' ? 0 : 10 * minute, name);
  }
});

/** One lease for several candidates, with the apiserver's optimistic concurrency; `down` makes it unreachable. */
const createSharedLease = () => {
  const shared = { record: undefined as LeaseRecord | undefined, version: 0, down: false };
  const store: LeaseStore<number> = {
    async read() {
      if (shared.down) throw new Error('unreachable');
      return shared.record && { record: shared.record, handle: shared.version };
    },
    async write(next, handle) {
      if (shared.down) throw new Error('unreachable');
      if ((handle ?? 0) !== shared.version) throw new Error('conflict');
      shared.record = next;
      shared.version += 1;
    },
    isConflict: (error) => error instanceof Error && error.message === 'conflict',
  };
  return { shared, store };
};

const pass = async (clock: ManualClock, ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += 500) {
    clock.advance(500);
    for (let i = 0; i < 5; i += 1) await new Promise((resolve) => setImmediate(resolve));
  }
};

const stand = (identity: string, clock: ManualClock, store: LeaseStore<number>) => {
  const controller = new AbortController();
  const elected: number[] = [];
  const ended = runElection({
    store,
    identity,
    clock,
    random: () => 0.5,
    logger: silentLogger,
    signal: controller.signal,
    onElected: (epoch) => elected.push(epoch),
  });
  return { elected, ended, stop: () => controller.abort() };
};

test('of two candidates one leads; when it stops the other takes over at once, with a higher epoch', async () => {
  const clock = createManualClock(10 * minute);
  const { store } = createSharedLease();
  const a = stand('a', clock, store);
  await pass(clock, 1_000);
  const b = stand('b', clock, store);
  await pass(clock, 60_000);
  assert.deepEqual([a.elected, b.elected], [[10], []]);
  a.stop();
  assert.equal(await a.ended, 'stopped');
  await pass(clock, 3_000);
  assert.deepEqual(b.elected, [11]);
  b.stop();
  await b.ended;
});

test('a leader that cannot renew gives up before another may begin', async () => {
  const clock = createManualClock(10 * minute);
  const { shared, store } = createSharedLease();
  const a = stand('a', clock, store);
  await pass(clock, 5_000);
  let endedAt = 0;
  const lastRenewal = shared.record?.renewedAt ?? 0;
  a.ended.then((how) => {
    assert.equal(how, 'lost');
    endedAt = clock.now();
  });
  shared.down = true;
  await pass(clock, 20_000);
  assert.ok(endedAt > 0, 'it has ended');
  assert.ok(endedAt - lastRenewal < leaderTiming.leaseMs, `ended ${endedAt - lastRenewal} ms after its last renewal`);
});

test('a leader that was held up tries once more while nobody else may lead, and no longer', async () => {
  const manual = createManualClock(10 * minute);
  let heldUpMs = 0;
  const clock = { ...manual, monotonic: () => manual.monotonic() + heldUpMs };
  const { shared, store } = createSharedLease();
  const a = stand('a', clock, store);
  await pass(manual, 1_000);
  let how: string | undefined;
  a.ended.then((result) => {
    how = result;
  });
  heldUpMs += 9_500;
  await pass(manual, 4_000);
  assert.equal(how, undefined, 'twelve seconds after its last renewal it renewed it');
  const writes = shared.version;
  heldUpMs += 20_000;
  await pass(manual, 4_000);
  assert.equal(how, 'lost');
  assert.equal(shared.version, writes, 'by then another may lead: nothing is tried');
});

test('a leader whose lease another took ends', async () => {
  const clock = createManualClock(10 * minute);
  const { shared, store } = createSharedLease();
  const a = stand('a', clock, store);
  await pass(clock, 1_000);
  shared.record = { ...record({ holder: 'thief' }), renewedAt: clock.now() };
  shared.version += 1;
  await pass(clock, 5_000);
  assert.equal(await a.ended, 'lost');
});

test('a read that never answers ends a leadership too', async () => {
  const clock = createManualClock(10 * minute);
  const { shared, store } = createSharedLease();
  let hang = false;
  const a = stand('a', clock, { ...store, read: () => (hang ? new Promise(() => {}) : store.read()) });
  await pass(clock, 1_000);
  const lastRenewal = shared.record?.renewedAt ?? 0;
  hang = true;
  await pass(clock, 14_000);
  assert.equal(await a.ended, 'lost');
  assert.ok(clock.now() - lastRenewal <= leaderTiming.leaseMs);
});

test('one request that never answers does not lose the lease', async () => {
  const clock = createManualClock(10 * minute);
  const { store } = createSharedLease();
  let hangs = 0;
  const a = stand('a', clock, { ...store, read: () => (hangs-- > 0 ? new Promise(() => {}) : store.read()) });
  await pass(clock, 1_000);
  hangs = 1;
  await pass(clock, 60_000);
  assert.deepEqual(a.elected, [10]);
  a.stop();
  assert.equal(await a.ended, 'stopped');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../process/log/logger.ts';
import { createManualClock } from '../process/manual-clock.ts';
import { type Authority, parseAuthorities, type Trust, type TrustTiming } from './authorities.ts';
import type { AuthorityStore } from './authority-secret.ts';
import { createTrustKeeper } from './trust-keeper.ts';

const minute = 60_000;
const timing: TrustTiming = { authorityLifeMs: 300 * minute, leafLifeMs: 30 * minute, announceMs: 10 * minute };
const start = Date.UTC(2030, 0, 1);

/** Compare-and-set in memory, as the API server does it with resourceVersion. */
const createSharedStore = (): AuthorityStore & { writes: number; failing: boolean } => {
  let version = 0;
  let content: readonly Authority[] | undefined;
  const conflict = new Error('conflict');
  return {
    writes: 0,
    failing: false,
    async read() {
      if (this.failing) throw new Error('unreachable');
      return content && { authorities: content, handle: version };
    },
    async write(authorities, _bundle, before) {
      await Promise.resolve();
      if ((before?.handle ?? 0) !== version) throw conflict;
      content = authorities;
      version++;
      this.writes++;
    },
    isConflict: (error) => error === conflict,
  };
};

const keeperOn = (store: AuthorityStore, clock = createManualClock(start)) => ({
  clock,
  keeper: createTrustKeeper({ store, timing, clock, logger: silentLogger }),
});

test('operators that start together agree on one authority', async () => {
  const store = createSharedStore();
  const trusts = await Promise.all([1, 2, 3].map(() => keeperOn(store).keeper.refresh()));
  assert.equal(store.writes, 1);
  assert.equal(new Set(trusts.map(({ bundle }) => bundle)).size, 1);
});

test('an authority is replaced with an overlap, told to whoever listens, and then dropped', async () => {
  const store = createSharedStore();
  const { keeper, clock } = keeperOn(store);
  const told: Trust[] = [];
  keeper.onChange((trust) => told.push(trust));
  const first = await keeper.refresh();
  await keeper.refresh();
  assert.equal(told.length, 1, 'nothing changed, nobody told');

  clock.advance(100 * minute);
  const announced = await keeper.refresh();
  assert.equal(announced.signer.cert, first.signer.cert);
  assert.ok(announced.bundle.startsWith(first.bundle) && announced.bundle.length > first.bundle.length);

  clock.advance(11 * minute);
  const switched = await keeper.refresh();
  assert.equal(switched.bundle, announced.bundle);
  assert.notEqual(switched.signer.cert, first.signer.cert);

  clock.advance(30 * minute);
  const retired = await keeper.refresh();
  assert.equal(retired.bundle, switched.signer.cert);
  assert.equal(told.length, 4);
  assert.equal(store.writes, 3);
});

test('what was known stays while the store can’t be read', async () => {
  const store = createSharedStore();
  const { keeper, clock } = keeperOn(store);
  const stop = new AbortController();
  const trust = await keeper.refresh();
  store.failing = true;
  const running = keeper.run(minute, stop.signal);
  clock.advance(minute);
  await new Promise(setImmediate);
  assert.equal(keeper.trust, trust);
  stop.abort();
  await running;
});

test('a damaged Secret is said, never overwritten', () => {
  for (const text of ['', '{}', '[{"cert":"x","key":"y"}]']) {
    assert.throws(() => parseAuthorities(text), { code: 'AuthoritiesInvalid' });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideLease, type LeaseState, noLease, parseLeaseState } from './lease.ts';

const held: LeaseState = { volume: 'v', epoch: 7, holder: 'a', controllerEpoch: 3 };
const ask = (holder: string, epoch: number, rest: { controllerEpoch?: number; takeOver?: boolean } = {}) => ({
  holder,
  epoch,
  controllerEpoch: 3,
  takeOver: false,
  ...rest,
});

const rows: [string, LeaseState, number, ReturnType<typeof ask>, string, number?][] = [
  ['the first writer', noLease, 0, ask('a', 0), 'grant', 1],
  ['a renewal', held, 9_000, ask('a', 7), 'renew'],
  ['a renewal of a lease that ran out', held, 0, ask('a', 7), 'renew'],
  ['a holder that lost the answer', held, 9_000, ask('a', 0), 'renew'],
  ['a holder with newer settings', held, 9_000, ask('a', 7, { controllerEpoch: 4 }), 'grant', 7],
  ['another while it is held', held, 1, ask('b', 0), 'LeaseHeld'],
  ['another that claims the same epoch', held, 1, ask('b', 7), 'LeaseHeld'],
  ['another after it ran out', held, 0, ask('b', 0), 'grant', 8],
  ['another that takes over', held, 9_000, ask('b', 0, { takeOver: true }), 'grant', 8],
  ['another after a release', { ...held, holder: null }, 9_000, ask('b', 0), 'grant', 8],
  ['an older epoch', held, 0, ask('b', 6), 'StaleEpoch'],
  ['an older epoch that takes over', held, 0, ask('b', 6, { takeOver: true }), 'StaleEpoch'],
  ['an older epoch of the holder', held, 9_000, ask('a', 6), 'StaleEpoch'],
  ['a higher epoch, on a volume that was replaced', noLease, 0, ask('a', 12), 'grant', 13],
  ['an older operator', held, 9_000, ask('a', 7, { controllerEpoch: 2 }), 'StaleController'],
  [
    'an older operator that takes over',
    held,
    0,
    ask('b', 0, { controllerEpoch: 2, takeOver: true }),
    'StaleController',
  ],
  ['a renewal without an operator', held, 9_000, ask('a', 7, { controllerEpoch: 0 }), 'renew'],
  ['another without an operator', held, 0, ask('b', 0, { controllerEpoch: 0 }), 'grant', 8],
  ['another without an operator while it is held', held, 1, ask('b', 0, { controllerEpoch: 0 }), 'LeaseHeld'],
];

for (const [what, state, expiresInMs, request, expected, epoch] of rows) {
  test(`lease: ${what} → ${expected}${epoch === undefined ? '' : ` ${epoch}`}`, () => {
    const decision = decideLease(state, expiresInMs, 'v', request);
    assert.equal(decision.kind === 'refuse' ? decision.error.code : decision.kind, expected);
    if (decision.kind === 'grant') assert.equal(decision.next.epoch, epoch);
  });
}

test('epochs never go back, and two holders never have the same one', () => {
  const request = fc.record({
    holder: fc.constantFrom('a', 'b', 'c'),
    epoch: fc.nat(6),
    controllerEpoch: fc.nat(2),
    takeOver: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(request, fc.constantFrom(0, 5_000)), { maxLength: 40 }), (steps) => {
      let state = noLease;
      const owners = new Map<number, string>();
      for (const [step, expiresInMs] of steps) {
        const decision = decideLease(state, expiresInMs, 'v', step);
        if (decision.kind === 'refuse') continue;
        const next = decision.kind === 'grant' ? decision.next : state;
        assert.ok(next.epoch >= state.epoch);
        assert.equal(owners.get(next.epoch) ?? step.holder, step.holder);
        owners.set(next.epoch, step.holder);
        state = next;
      }
    }),
  );
});

test('what is no lease is not taken for one', () => {
  assert.deepEqual(parseLeaseState(undefined), noLease);
  assert.deepEqual(parseLeaseState({ ...held }), held);
  for (const bad of [null, 1, {}, { ...held, epoch: -1 }, { ...held, epoch: '7' }, { ...held, holder: 1 }]) {
    assert.equal(parseLeaseState(bad), null, JSON.stringify(bad));
  }
});

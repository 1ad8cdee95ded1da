import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decideLease, judgeWriter, type LeaseState, noLease, parseLeaseState } from './lease.ts';

const held: LeaseState = {
  volume: 'v',
  epoch: 7,
  firstEpoch: 5,
  bootId: 'boot',
  holder: 'a',
  controllerEpoch: 3,
  lineage: null,
  promoted: null,
};
const ask = (
  holder: string,
  epoch: number,
  rest: { controllerEpoch?: number; takeOver?: boolean; fresh?: boolean } = {},
) => ({
  holder,
  epoch,
  controllerEpoch: 3,
  takeOver: false,
  ...rest,
});

const ofBefore: LeaseState = { ...held, bootId: 'before' };

const rows: [string, LeaseState, number, ReturnType<typeof ask>, string, number?][] = [
  ['the first writer', noLease, 0, ask('a', 0), 'grant', 1],
  ['a renewal', held, 9_000, ask('a', 7), 'renew'],
  ['a renewal of a lease that ran out', held, 0, ask('a', 7), 'renew'],
  ['a holder that begins anew', held, 9_000, ask('a', 0), 'grant', 8],
  ['a holder with newer settings', held, 9_000, ask('a', 7, { controllerEpoch: 4 }), 'grant', 7],
  ['a new connection of the holder', held, 9_000, ask('a', 7, { fresh: true }), 'grant', 8],
  ['a new connection after the lease ran out', held, 0, ask('a', 7, { fresh: true }), 'grant', 8],
  ['a new connection whose last answer was lost', held, 9_000, ask('a', 5, { fresh: true }), 'grant', 8],
  ['a new connection from before the holder began anew', held, 0, ask('a', 4, { fresh: true }), 'StaleEpoch'],
  ['a new connection of one whom another has followed', held, 0, ask('b', 6, { fresh: true }), 'StaleEpoch'],
  ['a renewal after another boot', ofBefore, 9_000, ask('a', 7, { fresh: false }), 'NotReady'],
  [
    'one after another boot by newer settings',
    ofBefore,
    0,
    ask('a', 7, { controllerEpoch: 4, fresh: false }),
    'NotReady',
  ],
  ['a new connection after another boot', ofBefore, 9_000, ask('a', 7, { fresh: true }), 'grant', 8],
  ['another after another boot', ofBefore, 1, ask('b', 0), 'LeaseHeld'],
  ['another after another boot and its end', ofBefore, 0, ask('b', 0), 'grant', 8],
  [
    'a renewal of a lease of before the boot was kept',
    { ...held, bootId: null },
    1,
    ask('a', 7, { fresh: false }),
    'NotReady',
  ],
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
    const decision = decideLease(state, { expiresInMs, volume: 'v', bootId: 'boot', holdsData: true, now: 1 }, request);
    assert.equal(decision.kind === 'refuse' ? decision.error.code : decision.kind, expected);
    if (decision.kind !== 'grant') return;
    assert.equal(decision.next.epoch, epoch);
    assert.equal(decision.next.bootId, 'boot');
    // Only who wrote last and goes on knows what is there.
    assert.equal(decision.continues, request.epoch > 0 && request.holder === state.holder);
    assert.equal(decision.next.firstEpoch, decision.continues ? state.firstEpoch : epoch);
  });
}

test('who can’t tell a renewal from a new connection gets the next epoch after another boot, and knows nothing of the last', () => {
  const decision = decideLease(
    ofBefore,
    { expiresInMs: 9_000, volume: 'v', bootId: 'boot', holdsData: true, now: 1 },
    ask('a', 7),
  );
  assert.ok(decision.kind === 'grant');
  assert.deepEqual([decision.next.epoch, decision.continues], [8, false]);
});

const writers: [string, LeaseState, number, string | undefined][] = [
  ['the holder', held, 7, undefined],
  ['an older one', held, 6, 'StaleEpoch'],
  ['nobody', { ...held, epoch: 0 }, 0, 'StaleEpoch'],
  ['the holder after another boot', ofBefore, 7, 'NotReady'],
  ['the holder whose boot is not known', { ...held, bootId: null }, 7, 'NotReady'],
  ['one of before that and of another', ofBefore, 6, 'StaleEpoch'],
  ['the holder of what is in use', { ...ofBefore, promoted: { at: 1, by: 'me', from: null } }, 7, 'Promoted'],
];
for (const [who, state, epoch, code] of writers)
  test(`who may write: ${who} → ${code ?? 'may'}`, () => assert.equal(judgeWriter(state, 'boot', epoch)?.code, code));

const ofA: LeaseState = { ...held, lineage: { id: 'A', since: 5, epoch: 2 } };
const from = (id: string | undefined, more: { adopt?: true | number; epoch?: number; holder?: string } = {}) => ({
  ...ask(more.holder ?? 'b', more.epoch ?? 0),
  ...(id === undefined ? {} : { lineage: { id } }),
  ...(more.adopt === undefined ? {} : { adopt: more.adopt }),
});

const lineages: [string, LeaseState, boolean, ReturnType<typeof from>, string, (string | null)?][] = [
  ['the first that says', held, true, from('A'), 'grant', 'A'],
  ['the same', ofA, true, from('A'), 'grant', 'A'],
  ['one that can’t say', ofA, true, from(undefined), 'grant', 'A'],
  ['another', ofA, true, from('B'), 'OtherSource'],
  ['another by the holder’s name', ofA, true, from('B', { holder: 'a' }), 'OtherSource'],
  ['another into an empty replica', ofA, false, from('B'), 'grant', 'B'],
  ['another that a person adopts', ofA, true, from('B', { adopt: true }), 'grant', 'B'],
  ['another that was restored from it', ofA, true, from('B', { adopt: 5 }), 'grant', 'B'],
  ['another that was restored from what it held before', ofA, true, from('B', { adopt: 4 }), 'OtherSource'],
  ['a renewal, which brings nothing', ofA, true, from(undefined, { holder: 'a', epoch: 7 }), 'renew'],
];

for (const [what, state, holdsData, request, expected, id] of lineages) {
  test(`lineage: ${what} → ${expected}${id ? ` ${id}` : ''}`, () => {
    const decision = decideLease(state, { expiresInMs: 0, volume: 'v', bootId: 'boot', holdsData, now: 99 }, request);
    assert.equal(decision.kind === 'refuse' ? decision.error.code : decision.kind, expected);
    if (decision.kind === 'grant') assert.equal(decision.next.lineage?.id, id);
  });
}

test('one whose data was replaced there is told so, and no other', () => {
  const facts = { expiresInMs: 0, volume: 'v', bootId: 'boot', holdsData: true, now: 99 };
  const state: LeaseState = {
    ...held,
    lineage: { id: 'B', since: 9, epoch: 4, adopted: { by: 'b', from: 'A' } },
  };
  const replaced = (id: string) => {
    const decision = decideLease(state, facts, from(id));
    return decision.kind === 'refuse' && decision.error.replaced;
  };
  assert.deepEqual([replaced('A'), replaced('C')], [true, undefined]);
});

test('an adoption is written down with time and who, and nothing else is', () => {
  const facts = { expiresInMs: 0, volume: 'v', bootId: 'boot', holdsData: true, now: 99 };
  const lineageAfter = (state: LeaseState, id: string) => {
    const decision = decideLease(state, facts, from(id, { adopt: true }));
    return decision.kind === 'grant' ? decision.next.lineage : undefined;
  };
  assert.deepEqual(lineageAfter(ofA, 'B'), { id: 'B', since: 99, epoch: 8, adopted: { by: 'b', from: 'A' } });
  assert.deepEqual(lineageAfter(ofA, 'A'), { id: 'A', since: 5, epoch: 2 });
  assert.deepEqual(lineageAfter(held, 'B'), { id: 'B', since: 99, epoch: 8 });
});

test('epochs never go back, and two holders never have the same one', () => {
  const request = fc.record({
    holder: fc.constantFrom('a', 'b', 'c'),
    epoch: fc.nat(6),
    controllerEpoch: fc.nat(2),
    takeOver: fc.boolean(),
    fresh: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(fc.tuple(request, fc.constantFrom(0, 5_000)), { maxLength: 40 }), (steps) => {
      let state = noLease;
      const owners = new Map<number, string>();
      for (const [step, expiresInMs] of steps) {
        const decision = decideLease(
          state,
          { expiresInMs, volume: 'v', bootId: 'boot', holdsData: true, now: 1 },
          step,
        );
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
  assert.deepEqual(parseLeaseState({ ...ofA }), ofA);
  const { lineage: _, ...before } = held;
  assert.deepEqual(parseLeaseState(before), held);
  const { firstEpoch: __, ...older } = held;
  assert.deepEqual(parseLeaseState(older), { ...held, firstEpoch: held.epoch });
  const { bootId: ___, ...withoutBoot } = held;
  assert.deepEqual(parseLeaseState(withoutBoot), { ...held, bootId: null });
  for (const bad of [
    null,
    1,
    {},
    { ...held, epoch: -1 },
    { ...held, firstEpoch: '1' },
    { ...held, epoch: '7' },
    { ...held, holder: 1 },
    { ...held, bootId: 1 },
  ]) {
    assert.equal(parseLeaseState(bad), null, JSON.stringify(bad));
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideLease, type LeaseState, noLease, parseLeaseState } from './lease.ts';
import { demote, promote } from './promotion.ts';

const ofA: LeaseState = {
  volume: 'v',
  epoch: 7,
  firstEpoch: 7,
  bootId: 'boot',
  holder: 'a',
  controllerEpoch: 0,
  lineage: { id: 'A', since: 5, epoch: 2 },
  promoted: null,
};
const request = { lineage: { id: 'T' }, by: 'kubectl' };
const promoted = promote(ofA, 'v', request, 99);
const facts = { expiresInMs: 0, volume: 'v', bootId: 'boot', holdsData: true, now: 120 };
const ask = (more: object) => ({ holder: 'a', epoch: 0, controllerEpoch: 0, takeOver: false, ...more });

test('a promotion takes the next epoch for nobody, and says whose data it is from now on, when and by whom', () => {
  assert.deepEqual(promoted, {
    ...ofA,
    epoch: 8,
    holder: null,
    lineage: { id: 'T', since: 99, epoch: 8, adopted: { by: 'kubectl', from: 'A' } },
    promoted: { at: 99, by: 'kubectl', from: 'A' },
  });
  assert.equal(promote(noLease, 'v', request, 99).volume, 'v');
});

test('asked again nothing changes, nor by what is kept', () => {
  assert.equal(promote(promoted, 'v', { lineage: { id: 'other' }, by: 'me' }, 200), promoted);
  assert.deepEqual(parseLeaseState(JSON.parse(JSON.stringify(promoted))), promoted);
  assert.equal(parseLeaseState({ ...promoted, promoted: 'yes' }), null);
  assert.equal(demote(ofA, request, 200), ofA);
});

const writers: [string, object, string][] = [
  ['the holder that renews', { epoch: 7, lineage: { id: 'A' } }, 'Promoted'],
  ['one of the old lineage that takes over', { takeOver: true, lineage: { id: 'A' } }, 'Promoted'],
  ['one of the new lineage', { holder: 'b', lineage: { id: 'T' } }, 'Promoted'],
  ['one that can’t say', { holder: 'b' }, 'Promoted'],
  ['one with a higher epoch', { epoch: 99 }, 'Promoted'],
  ['one that was once told to adopt whatever is there', { adopt: true, lineage: { id: 'A' } }, 'Promoted'],
  ['one that adopts what the volume held before', { adopt: 5, lineage: { id: 'A' } }, 'Promoted'],
  ['one that adopts what the volume holds since the promotion', { adopt: 99, lineage: { id: 'A' } }, 'grant'],
];
for (const [who, more, expected] of writers) {
  test(`a promoted volume and ${who}: ${expected}`, () => {
    const decision = decideLease(promoted, facts, ask(more));
    assert.equal(decision.kind === 'refuse' ? decision.error.code : decision.kind, expected);
    if (decision.kind === 'grant') assert.equal(decision.next.promoted, null);
  });
}

test('demoted it is a target again, of the source that was named and of no other', () => {
  const again = demote(promoted, { lineage: { id: 'A' }, by: 'kubectl' }, 150);
  assert.equal(again.epoch, 9);
  assert.deepEqual(again.lineage, { id: 'A', since: 150, epoch: 9, adopted: { by: 'kubectl', from: 'T' } });
  assert.equal(decideLease(again, facts, ask({ lineage: { id: 'A' } })).kind, 'grant');
  assert.equal(demote(promoted, { by: 'me' }, 150).lineage?.id, 'A', 'of the source that it had, where none is named');
  assert.equal(demote(promote(noLease, 'v', request, 99), { by: 'me' }, 150).lineage, null);
  const other = decideLease(again, facts, ask({ lineage: { id: 'B' } }));
  assert.equal(other.kind === 'refuse' && other.error.code, 'OtherSource');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeClaim, type TargetFacts, type TargetState } from './claim.ts';

const state: TargetState = {
  epoch: 7,
  position: { epoch: 7, sequence: 40 },
  claim: { outline: 'o', rules: 'r', position: { epoch: 6, sequence: 30 }, fullPassAt: 5 },
};
const note = { coveredAt: 1, held: null };
const facts: TargetFacts = { epoch: 8, position: { epoch: 7, sequence: 40 }, note, rules: 'r' };
const held = { id: 'h', reason: 'TooMany', count: 1, since: 1, samples: [] } as const;

const rows: readonly [what: string, Partial<TargetState>, Partial<TargetFacts>, expected: string | undefined][] = [
  ['nothing came between', {}, {}, undefined],
  [
    'the last positions were lost with the power, but none that counts',
    {},
    { position: { epoch: 6, sequence: 30 } },
    undefined,
  ],
  ['nothing was claimed', { claim: null }, {}, 'NoClaim'],
  ['somebody else wrote', {}, { epoch: 9 }, 'OtherWriter'],
  ['the epoch was not written down in time', { epoch: 6 }, {}, 'OtherWriter'],
  ['the target’s volume is an older one', {}, { epoch: 3 }, 'OtherWriter'],
  ['the target went back to a copy of itself', {}, { position: { epoch: 6, sequence: 29 } }, 'TargetWentBack'],
  ['the target went back to an earlier epoch', {}, { position: { epoch: 5, sequence: 99 } }, 'TargetWentBack'],
  ['the target remembers no position', {}, { position: null }, 'TargetWentBack'],
  ['other settings or another version', {}, { rules: 's' }, 'OtherRules'],
  ['deletions are held', {}, { note: { ...note, held } }, 'DeletesHeld'],
  ['another has begun there since', {}, { note: { coveredAt: null, held: null } }, 'NeverCovered'],
  ['there is no note', {}, { note: undefined }, 'NeverCovered'],
];

for (const [what, kept, told, expected] of rows) {
  test(`what a target has counts or not: ${what} → ${expected ?? 'it does'}`, () => {
    assert.equal(judgeClaim({ ...state, ...kept }, { ...facts, ...told }), expected);
  });
}

test('without a state nothing is claimed', () => {
  assert.equal(judgeClaim(undefined, facts), 'NoClaim');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  advance,
  isTransitionValid,
  type ReplicaFacts,
  type ReplicaState,
  rebuildState,
  replicaStates,
} from './replica-state.ts';

const facts = (change: Partial<ReplicaFacts> = {}): ReplicaFacts => ({
  wanted: true,
  promoted: false,
  idle: false,
  alive: true,
  initialPassDone: true,
  forMs: 0,
  deletion: 'Pending',
  ...change,
});

/** The table of the design, written out once more: `to <- from…`. */
const designed: Record<ReplicaState, string> = {
  New: 'NonExistent Idle',
  Online: 'New Online Offline Idle DeletionIneligible',
  Offline: 'New Online Offline Idle Promoted DeletionIneligible',
  Promoted: 'New Online Offline Idle',
  Idle: 'New Online Offline DeletionIneligible',
  DeletionStarted: 'Offline',
  DeletionSuccessful: 'DeletionStarted',
  DeletionIneligible: 'DeletionStarted',
  NonExistent: 'DeletionSuccessful',
};

test('only the transitions of the design are valid', () => {
  for (const from of replicaStates) {
    for (const to of replicaStates) {
      assert.equal(isTransitionValid(from, to), designed[to].split(' ').includes(from), `${from} → ${to}`);
    }
  }
});

test('where each state leads', () => {
  const table: [ReplicaState, Partial<ReplicaFacts>, string][] = [
    ['NonExistent', { alive: false, initialPassDone: false }, 'New'],
    ['NonExistent', { wanted: false }, ''],
    ['NonExistent', {}, 'New Online'],
    ['New', { initialPassDone: false }, ''],
    ['New', { alive: false, initialPassDone: false, forMs: 14_999 }, ''],
    ['New', { alive: false, initialPassDone: false, forMs: 15_000 }, 'Offline'],
    ['New', {}, 'Online'],
    ['Online', {}, ''],
    ['Online', { initialPassDone: false }, ''],
    ['Online', { alive: false }, 'Offline'],
    ['Offline', {}, 'Online'],
    ['Offline', { initialPassDone: false }, ''],
    ['Offline', { alive: false }, ''],
    ['Online', { promoted: true }, 'Promoted'],
    ['Offline', { promoted: true, alive: false }, 'Promoted'],
    ['Idle', { promoted: true, idle: true, alive: false }, 'Promoted'],
    ['NonExistent', { promoted: true, alive: false }, 'New Promoted'],
    ['Promoted', { promoted: true }, ''],
    ['Promoted', { alive: false }, 'Offline'],
    ['Promoted', {}, 'Offline Online'],
    ['Promoted', { promoted: true, wanted: false, deletion: 'Pending' }, 'Offline DeletionStarted'],
    ['NonExistent', { idle: true, alive: false }, 'New Idle'],
    ['Online', { idle: true, alive: false }, 'Idle'],
    ['Offline', { idle: true, alive: false }, 'Idle'],
    ['Idle', { idle: true, alive: false, forMs: 86_400_000 }, ''],
    ['Idle', {}, 'Online'],
    ['Idle', { initialPassDone: false }, 'New'],
    ['Idle', { alive: false, forMs: 14_999 }, ''],
    ['Idle', { alive: false, forMs: 15_000 }, 'Offline'],
    ['Idle', { wanted: false, idle: true }, 'Offline DeletionStarted'],
    ['Online', { wanted: false }, 'Offline DeletionStarted'],
    ['New', { wanted: false, alive: false }, 'Offline DeletionStarted'],
    ['Online', { wanted: false, deletion: 'Done' }, 'Offline DeletionStarted DeletionSuccessful NonExistent'],
    ['DeletionStarted', { wanted: false, deletion: 'Blocked' }, 'DeletionIneligible'],
    ['DeletionIneligible', { wanted: false, deletion: 'Blocked' }, ''],
    ['DeletionIneligible', { wanted: false, deletion: 'Pending' }, 'Offline DeletionStarted'],
    [
      'DeletionIneligible',
      { wanted: false, deletion: 'Done' },
      'Offline DeletionStarted DeletionSuccessful NonExistent',
    ],
    ['DeletionIneligible', {}, 'Online'],
    ['DeletionSuccessful', { wanted: false }, 'NonExistent'],
    ['DeletionSuccessful', { wanted: true }, 'NonExistent'],
  ];
  for (const [state, change, expected] of table) {
    const { transitions, refused } = advance(state, facts(change));
    assert.equal(transitions.map(({ to }) => to).join(' '), expected, `${state} ${JSON.stringify(change)}`);
    assert.equal(refused, undefined);
  }
});

test('from any state, whatever is observed, every step is valid and the walk ends', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...replicaStates),
      fc.record({
        wanted: fc.boolean(),
        promoted: fc.boolean(),
        alive: fc.boolean(),
        idle: fc.boolean(),
        initialPassDone: fc.boolean(),
        forMs: fc.constantFrom(0, 60_000),
        deletion: fc.constantFrom('Pending' as const, 'Blocked' as const, 'Done' as const),
      }),
      (state, observed) => {
        const { transitions, refused } = advance(state, observed);
        assert.equal(refused, undefined);
        assert.ok(transitions.length < replicaStates.length);
        for (const { from, to } of transitions) assert.ok(isTransitionValid(from, to), `${from} → ${to}`);
      },
    ),
  );
});

test('an operator that takes over rebuilds the state from what is there', () => {
  const table: [Partial<ReplicaFacts> & { existed: boolean }, ReplicaState][] = [
    [{ existed: false }, 'NonExistent'],
    [{ existed: true }, 'Online'],
    [{ existed: true, initialPassDone: false }, 'New'],
    [{ existed: true, alive: false }, 'Offline'],
    [{ existed: true, alive: false, wanted: false, deletion: 'Blocked' }, 'DeletionIneligible'],
    [{ existed: true, alive: false, wanted: false, deletion: 'Pending' }, 'Offline'],
  ];
  for (const [observed, state] of table) assert.equal(rebuildState({ ...facts(), ...observed }), state);
});

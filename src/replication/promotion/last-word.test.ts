import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import { lastWordOf } from './last-word.ts';

const now = { wallMs: 1_000_000, monotonicMs: 1_000 };
const row = { link: 'Online', pending: 3, lagSeconds: 1, lastError: null };

/** What the agent's report is read as, by an operator that calls the target `dr`. */
const read = (replicas: readonly object[], more: object = {}) => {
  const agents = [{ ageMs: 100, status: { phase: 'Watching', replicas, ...more } }];
  return lastWordOf({ at: now.monotonicMs, status: { agents } as unknown as VolumeStatus }, 'dr', now);
};

test('the writer of another cluster counts by the target as which it knows the receiver', () => {
  // Its own dr is another one, and has everything.
  const two = [
    { ...row, target: 'dr', pending: 0 },
    { ...row, target: 'standby' },
  ];
  assert.equal(read(two, { handedTo: 'standby' })?.pending, 3);
  assert.equal(read(two, { handedTo: 'gone' }), undefined);
});

test('one of an earlier version counts by the name, or by its only target; a pod that waits for the lease does not', () => {
  assert.equal(read([{ ...row, target: 'standby' }])?.pending, 3);
  assert.equal(read([{ ...row, target: 'dr' }])?.isAlive, true);
  assert.equal(read([{ ...row, target: 'dr', lastError: { reason: 'LeaseHeld' } }]), undefined);
});

test('nothing pending is not nothing missing: what an agent says besides counts, but for what is about the way', () => {
  const unsure = (reason: string, pending = 0) =>
    read([{ ...row, target: 'dr', pending, notInSync: { reason, message: `why ${reason}` } }])?.unsure;
  assert.equal(unsure('InitialPass'), 'why InitialPass');
  assert.equal(unsure('Refused', 3), 'why Refused');
  assert.equal(unsure('Behind'), 'why Behind', 'what a comparison found');
  assert.equal(unsure('Behind', 3), undefined);
  assert.equal(unsure('NotOnline'), undefined);
  assert.equal(read([{ ...row, target: 'dr', notInSync: null }])?.unsure, undefined);
});

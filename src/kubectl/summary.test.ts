import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsOf, type Standing, sortByLag } from './summary.ts';

const standing = (target: string, state: string, lagSeconds?: number): Standing =>
  ({ namespace: 'shop', replica: 'uploads', volume: 'uploads', row: { target, state, lagSeconds } }) as Standing;

test('what says no lag while it should is worse than any lag; what nobody uses is not', () => {
  const sorted = sortByLag([
    standing('idle', 'Idle'),
    standing('near', 'Online', 1),
    standing('silent', 'Offline'),
    standing('far', 'Offline', 900),
  ]);
  assert.deepEqual(
    sorted.map(({ row }) => row.target),
    ['silent', 'far', 'near', 'idle'],
  );
});

test('each reason is said once, the most telling first', () => {
  const condition = (type: string, status: string, reason: string) => ({ type, status, reason, message: '' });
  const conditions = [
    condition('Ready', 'False', 'TargetsUnavailable'),
    condition('TargetsReady', 'False', 'TargetsUnavailable'),
    condition('Degraded', 'True', 'TargetFull'),
    condition('InSync', 'True', 'EnoughInSync'),
  ];
  assert.deepEqual(
    concernsOf({ status: { conditions } } as never).map(({ reason }) => reason),
    ['TargetFull', 'TargetsUnavailable'],
  );
});

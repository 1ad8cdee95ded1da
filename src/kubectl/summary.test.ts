import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsOf, lagOf, type Standing, sortByLag } from './summary.ts';

const standing = (target: string, state: string, lagSeconds?: number): Standing =>
  ({ namespace: 'shop', replica: 'uploads', volume: 'uploads', row: { target, state, lagSeconds } }) as Standing;

test('what says no lag while it should is worse than any lag; what nobody uses is not', () => {
  const sorted = sortByLag(
    [
      standing('idle', 'Idle'),
      standing('near', 'Online', 1),
      standing('silent', 'Offline'),
      standing('far', 'Offline', 900),
    ],
    0,
  );
  assert.deepEqual(
    sorted.map(({ row }) => row.target),
    ['silent', 'far', 'near', 'idle'],
  );
});

test('a lag is known while no agent tells it, and no later one takes from it', () => {
  const row = { target: 'dr', state: 'Idle', behindSince: '1970-01-01T00:00:10Z' } as const;
  assert.equal(lagOf({ ...row, inSync: false } as never, 70_000), 60);
  assert.equal(lagOf({ ...row, lagSeconds: 2 } as never, 70_000), 60);
  assert.equal(lagOf({ target: 'dr', state: 'Online', lagSeconds: 2 } as never, 70_000), 2);
  assert.equal(lagOf({ target: 'dr', state: 'Idle' } as never, 70_000), undefined);
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

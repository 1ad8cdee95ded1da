import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Condition, mergeConditions } from './conditions.ts';

const ready: Condition = {
  type: 'Ready',
  status: 'True',
  reason: 'AllInPlace',
  message: 'ready',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
};
const nowMs = Date.parse('2026-02-02T00:00:00.123Z');

test('a new reason with the same status keeps the transition time', () => {
  const [merged] = mergeConditions(
    [ready],
    [{ type: 'Ready', status: 'True', reason: 'Waiting', message: 'm' }],
    2,
    nowMs,
  );
  assert.deepEqual(merged, { ...ready, reason: 'Waiting', message: 'm', observedGeneration: 2 });
});

test('a new status moves the transition time', () => {
  const [merged] = mergeConditions(
    [ready],
    [{ type: 'Ready', status: 'False', reason: 'Paused', message: 'm' }],
    2,
    nowMs,
  );
  assert.equal(merged?.lastTransitionTime, '2026-02-02T00:00:00Z');
});

test('conditions come in the order of their table, and those without a verdict go', () => {
  const merged = mergeConditions(
    [{ ...ready, type: 'Progressing' }],
    [
      { type: 'Degraded', status: 'False', reason: 'AsExpected', message: '' },
      { type: 'Ready', status: 'True', reason: 'AllInPlace', message: '' },
    ],
    1,
    nowMs,
  );
  assert.deepEqual(
    merged.map((condition) => condition.type),
    ['Ready', 'Degraded'],
  );
});

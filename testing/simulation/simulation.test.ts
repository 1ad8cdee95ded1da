import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runHistory } from './history/run-history.ts';
import { simulate, writeFailure } from './history/simulate.ts';
import type { Step } from './history/step.ts';

const histories = Number(process.env.SIMULATED_HISTORIES ?? 20_000);

test(`${histories} random histories end in sync, and equal`, async (t) => {
  const result = await simulate({ from: 1, count: histories, steps: 20, shrinks: true, workers: 2 });
  t.diagnostic(`${result.states} situations, ${result.transitions} ways from one to another`);
  assert.equal(result.failed === undefined ? '' : writeFailure(result.failed), '');
  assert.equal(result.histories, histories);
});

test('the same seed and steps give the same history', async () => {
  const steps: Step[] = [
    { kind: 'save', a: 0, b: 2, thenMs: 20 },
    { kind: 'killAgent', a: 1, b: 0, thenMs: 300 },
    { kind: 'grow', a: 1, b: 7, thenMs: 4 },
    { kind: 'cutPower', a: 2, b: 0, thenMs: 9_000 },
  ];
  const first = await runHistory(7, steps);
  assert.deepEqual(await runHistory(7, steps), first);
  assert.ok(first.turns > 50);
});

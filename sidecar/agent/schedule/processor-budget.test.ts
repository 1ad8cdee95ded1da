import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProcessorBudget } from './processor-budget.ts';

test('a burst goes at full speed, and then work is paced to the share', () => {
  let used = 100;
  const budget = new ProcessorBudget(0.2, 2, () => used, 0);
  used += 2;
  assert.equal(budget.pauseMs(0, 60_000), 0);
  used += 0.1;
  assert.equal(Math.round(budget.pauseMs(0, 60_000)), 500);
  assert.equal(budget.pauseMs(0, 100), 100);
  assert.equal(budget.pauseMs(600, 60_000), 0);
});

test('what is not used is not saved up beyond the burst', () => {
  let used = 0;
  const budget = new ProcessorBudget(0.5, 1, () => used, 0);
  assert.equal(budget.pauseMs(3_600_000, 60_000), 0);
  used += 1.5;
  assert.equal(budget.pauseMs(3_600_000, 60_000), 1_000);
});

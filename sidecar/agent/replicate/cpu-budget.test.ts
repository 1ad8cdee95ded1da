import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuBudget } from './cpu-budget.ts';

test('a burst goes at full speed, and then work is paced to the share', () => {
  const budget = new CpuBudget(0.2, 2, 0);
  budget.spend(2, 0);
  assert.equal(budget.pauseMs(0, 60_000), 0);
  budget.spend(0.1, 0);
  assert.equal(Math.round(budget.pauseMs(0, 60_000)), 500);
  assert.equal(budget.pauseMs(0, 100), 100);
  assert.equal(budget.pauseMs(500, 60_000), 0);
});

test('what is not used is not saved up beyond the burst', () => {
  const budget = new CpuBudget(0.5, 1, 0);
  budget.spend(1.5, 3_600_000);
  assert.equal(budget.pauseMs(3_600_000, 60_000), 1_000);
});

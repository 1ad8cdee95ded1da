import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { FullPassTimer } from './full-pass-timer.ts';

const minuteMs = 60_000;

test('calls at every time of the schedule, put off by a part of the jitter', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2030, 0, 1, 0, 0, 30) });
  const run = mock.fn();
  const timer = new FullPassTimer(run, () => 0.5);
  timer.start({ schedule: '* * * * *', jitterMs: 20_000 });
  t.mock.timers.tick(39_999);
  assert.equal(run.mock.callCount(), 0);
  t.mock.timers.tick(1);
  assert.equal(run.mock.callCount(), 1);
  t.mock.timers.tick(minuteMs);
  assert.equal(run.mock.callCount(), 2);
  timer.stop();
  t.mock.timers.tick(10 * minuteMs);
  assert.equal(run.mock.callCount(), 2);
});

test('another schedule takes the place of the first, and none further off than a timer holds is missed', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.UTC(2030, 0, 2) });
  const run = mock.fn();
  const timer = new FullPassTimer(run, () => 0);
  timer.start({ schedule: '* * * * *', jitterMs: 0 });
  timer.start({ schedule: '0 0 1 1 *', jitterMs: 0 });
  for (let day = 0; day < 363; day++) t.mock.timers.tick(1440 * minuteMs);
  assert.equal(run.mock.callCount(), 0);
  for (let day = 0; day < 2; day++) t.mock.timers.tick(1440 * minuteMs);
  assert.equal(run.mock.callCount(), 1);
});

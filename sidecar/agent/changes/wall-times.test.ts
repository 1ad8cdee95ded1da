import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WallTimes } from './wall-times.ts';

const hour = 3_600_000;

const start = () => {
  let monotonic = 1_000;
  let ahead = 100 * hour;
  const clock = { now: () => monotonic + ahead, monotonic: () => monotonic };
  return {
    times: new WallTimes(clock),
    pass: (ms: number) => {
      monotonic += ms;
    },
    set: (ms: number) => {
      ahead += ms;
    },
  };
};

test('while nobody sets the clock a change bears the time that it came at', () => {
  const { times, pass, set } = start();
  pass(10_000);
  set(200);
  assert.equal(times.earliest(5_000), 100 * hour + 5_000);
});

test('a change from before the clock was set back may be followed by ones that bear earlier times', () => {
  const { times, pass, set } = start();
  pass(10_000);
  set(-hour);
  assert.equal(times.earliest(5_000), 99 * hour + 5_000);
  pass(10_000);
  assert.equal(times.earliest(20_000), 99 * hour + 20_000);
});

test('what comes after the clock was set forward bears the later times, what came before the earlier ones', () => {
  const { times, pass, set } = start();
  pass(10_000);
  set(hour);
  times.look();
  pass(10_000);
  assert.equal(times.earliest(5_000), 100 * hour + 5_000);
  assert.equal(times.earliest(15_000), 101 * hour + 15_000);
});

test('a clock that was set back and put right again is remembered by what came before', () => {
  const { times, pass, set } = start();
  pass(10_000);
  set(-hour);
  times.look();
  pass(10_000);
  set(hour);
  times.look();
  pass(10_000);
  assert.equal(times.earliest(5_000), 99 * hour + 5_000);
  assert.equal(times.earliest(25_000), 100 * hour + 25_000);
});

test('a clock that is set all the time is remembered in few, and never too late', () => {
  const { times, pass, set } = start();
  set(-hour);
  times.look();
  set(hour);
  for (let n = 0; n < 1_000; n++) {
    pass(1_000);
    set(n % 2 === 0 ? 5_000 : -5_000);
    times.look();
  }
  assert.equal(times.earliest(500), 99 * hour + 500);
});

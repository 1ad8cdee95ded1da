import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Touched } from './touched.ts';

test('nothing is due where nothing was touched', () => {
  assert.equal(new Touched().dueAt, Number.POSITIVE_INFINITY);
});

test('what was touched is due after a calm second, and without one after half a minute', () => {
  const touched = new Touched();
  touched.note(['a'], 1_000);
  assert.equal(touched.dueAt, 2_000);
  touched.note(['b', 'a'], 1_900);
  assert.equal(touched.dueAt, 2_900);
  for (let now = 2_000; now < 60_000; now += 500) touched.note(['a'], now);
  assert.equal(touched.dueAt, 31_000);
  assert.deepEqual(touched.take(), ['a', 'b']);
  assert.equal(touched.dueAt, Number.POSITIVE_INFINITY);
});

test('all stands for more than are kept', () => {
  const touched = new Touched();
  touched.note(
    Array.from({ length: 2_000 }, (_, index) => `${index}`),
    0,
  );
  touched.note(['0'], 0);
  assert.equal(touched.take().length, 2_000);
  touched.note(
    Array.from({ length: 5_000 }, (_, index) => `${index}`),
    0,
  );
  assert.equal(touched.take(), 'all');
  assert.deepEqual(touched.take(), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Suspect, Suspects } from './suspects.ts';

const only = (suspects: Suspects, now: number): Suspect => {
  const due = suspects.due(now, 10);
  assert.equal(due.length, 1);
  return due[0] as Suspect;
};

test('what changes all the time is given up, what counts never is, and is looked at ever more rarely', () => {
  const suspects = new Suspects();
  suspects.add('changing', 'size', 0);
  let now = 0;
  for (let tries = 0; suspects.unsure > 0; tries += 1) {
    assert.ok(tries < 10);
    suspects.later(only(suspects, now), now);
    now = Math.min(now + 60_000, suspects.nextDueAt);
  }
  suspects.add('sure', 'mode', now);
  let pause = 0;
  for (let tries = 0; tries < 50; tries += 1) {
    suspects.confirm(only(suspects, now), 'mode', true, now);
    assert.ok(suspects.nextDueAt - now >= pause);
    pause = suspects.nextDueAt - now;
    now = suspects.nextDueAt;
  }
  assert.equal(pause, 300_000);
  assert.equal(suspects.found, 1);
  suspects.begin(now - 1_000);
  assert.equal(only(suspects, now - 1_000).isSure, true);
  suspects.settle('sure');
  assert.equal(suspects.found + suspects.unsure, 0);
});

test('waiting for others is no try of its own', () => {
  const suspects = new Suspects();
  suspects.add('a', 'size', 0);
  for (let round = 0, now = 0; round < 100; round += 1, now = suspects.nextDueAt)
    suspects.wait(only(suspects, now), now);
  assert.equal(suspects.unsure, 1);
});

test('more than there is room for is known to be more', () => {
  const suspects = new Suspects();
  for (let index = 0; index < 10_000; index += 1) suspects.add(`${index}`, 'missing', 0);
  assert.equal(suspects.isFull, false);
  suspects.add('more', 'missing', 0);
  assert.equal(suspects.isFull, true);
  assert.equal(suspects.unsure, 10_000);
  suspects.begin(0);
  assert.equal(suspects.isFull, false);
});

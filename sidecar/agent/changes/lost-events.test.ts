import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LostEvents } from './lost-events.ts';

const now = 1_000_000;

test('what may have changed unseen lies between an empty queue and the loss', () => {
  const lost = new LostEvents();
  assert.equal(lost.since(now), undefined);
  lost.note(now + 10_000, now + 20_000);
  assert.equal(lost.since(now + 20_000), now + 8_000);
  assert.equal(lost.since(now + 20_001), undefined);
});

test('a comparison that comes late covers every loss since it was asked for', () => {
  const lost = new LostEvents();
  lost.note(now + 10_000, now + 20_000);
  lost.note(now + 20_000, now + 40_000);
  assert.equal(lost.since(now + 20_000), now + 8_000);
  assert.equal(lost.since(now + 40_000), now + 18_000);
});

test('many losses are kept in few, and none is forgotten', () => {
  const lost = new LostEvents();
  for (let i = 1; i <= 3_000; i++) lost.note(now + (i - 1) * 10, now + i * 10);
  const early = lost.since(now + 100);
  assert.ok(early !== undefined && early <= now + 90 - 2_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SentVersions } from './sent-versions.ts';

test('what was sent is known by its change time, and by no other', () => {
  const sent = new SentVersions();
  sent.note('a', 1_000, 2_000);
  assert.ok(sent.has('a', 1_000));
  assert.ok(!sent.has('a', 1_000.5), 'changed since');
  assert.ok(!sent.has('b', 1_000));
  sent.note('a', 3_000, 4_000);
  assert.ok(sent.has('a', 3_000));
  assert.ok(!sent.has('a', 1_000));
});

test('what had only just changed when it was looked at is not relied on', () => {
  const sent = new SentVersions();
  sent.note('a', 1_000, 1_010);
  assert.ok(!sent.has('a', 1_000));
  sent.note('b', 1_000, 2_000);
  sent.note('b', 2_000, 2_001);
  assert.ok(!sent.has('b', 1_000) && !sent.has('b', 2_000));
});

test('the newest names are kept, and no more than twice the capacity', () => {
  const sent = new SentVersions(10);
  for (let i = 0; i < 100; i += 1) sent.note(`f${i}`, i, i + 1_000);
  const kept = Array.from({ length: 100 }, (_, i) => i).filter((i) => sent.has(`f${i}`, i));
  assert.ok(kept.length >= 10 && kept.length <= 20);
  assert.equal(kept.at(-1), 99);
  assert.equal(kept[0], 100 - kept.length, 'the newest, without a gap');
});

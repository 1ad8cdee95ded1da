import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatCredentials, keepCredentials, parseCredentials } from './credentials.ts';
import type { OverlapTiming } from './generations.ts';

const timing: OverlapTiming = { renewAfterMs: 1000, announceMs: 10, retireAfterMs: 20 };

test('the first credentials are in use at once and stay until they are due', () => {
  const first = keepCredentials([], 0, timing);
  assert.equal(first.isChanged, true);
  assert.deepEqual(first.accepted, [first.inUse]);
  assert.match(first.inUse.username, /^agent-[0-9a-f]{8}$/);
  assert.equal(Buffer.from(first.inUse.password, 'base64url').length, 32);
  assert.deepEqual(keepCredentials(first.accepted, 999, timing), { ...first, isChanged: false });
});

test('a rotation accepts the new ones first, then uses them, then drops the old ones', () => {
  const { accepted } = keepCredentials([], 0, timing);
  const [old] = accepted;
  const announced = keepCredentials(accepted, 1000, timing);
  assert.deepEqual([announced.inUse, announced.accepted.length, announced.isChanged], [old, 2, true]);
  const used = keepCredentials(announced.accepted, 1010, timing);
  assert.notDeepEqual(used.inUse, old);
  assert.deepEqual([used.accepted.length, used.isChanged], [2, false]);
  const dropped = keepCredentials(used.accepted, 1030, timing);
  assert.deepEqual([dropped.accepted, dropped.isChanged], [[used.inUse], true]);
});

test('credentials survive their Secret, and a damaged one is told without its content', () => {
  const { accepted } = keepCredentials([], 5, timing);
  assert.deepEqual(parseCredentials(formatCredentials(accepted)), accepted);
  for (const text of ['hunter2', '[{"username":"hunter2"}]', 'null']) {
    assert.throws(
      () => parseCredentials(text),
      (error: Error & { code?: string }) =>
        error.code === 'CredentialsInvalid' && !`${error.stack}${error.cause ?? ''}`.includes('hunter2'),
    );
  }
});

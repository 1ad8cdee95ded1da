import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactLogLine, redactMessage, redactMessages } from './redact.ts';

const messages: readonly [string, string][] = [
  ['uploads on offsite is Offline', 'uploads on offsite is Offline'],
  ["3 entries can't be copied, for example letter", "3 entries can't be copied, for example …"],
  ['rsync: open "secret plan" failed: denied', 'rsync: open "…" failed: denied'],
  ['read a/b c: denied', 'read … c: denied'],
];
for (const [text, expected] of messages)
  test(`leaves of “${text}” no name`, () => assert.equal(redactMessage(text), expected));

test('a field of a log that nobody thought of is left out', () => {
  const line = JSON.stringify({
    time: 't',
    level: 'info',
    message: 'sent',
    files: 3,
    path: 'x',
    nested: { path: 'y' },
  });
  assert.deepEqual(redactLogLine(line), {
    time: 't',
    level: 'info',
    message: 'sent',
    files: 3,
    path: '…',
    nested: '…',
  });
  assert.deepEqual(redactLogLine('/source/x: Segmentation fault'), { leftOut: 29 });
});

test('messages are found at any depth', () => {
  assert.deepEqual(redactMessages({ a: [{ message: 'at /x', reason: 'R' }] }), {
    a: [{ message: 'at …', reason: 'R' }],
  });
});

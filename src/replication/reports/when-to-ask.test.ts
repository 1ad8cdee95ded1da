import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heartbeatIntervalMs, heartbeatLimitMs } from '../replica-state.ts';
import { type Askers, type AskQuestion, askAgainInMs, whoAsks } from './when-to-ask.ts';

const now = 100_000;
const young = { at: now - 1_000, isHanded: true };
const agent: AskQuestion = { kind: 'agent', report: young, isBehind: false, now };

const table: readonly [string, AskQuestion, Askers][] = [
  ['a receiver', { ...agent, kind: 'receiver', report: undefined }, 'heard'],
  ['an agent that answers by itself', { ...agent, report: { at: now - 1_000 } }, 'heard'],
  ['an agent that a receiver speaks for', agent, 'nobody'],
  ['one that is to be given newer settings', { ...agent, isBehind: true }, 'unsure'],
  ['one that its receiver has not heard of for long', { ...agent, report: { ...young, at: now - 16_000 } }, 'silent'],
  ['nobody ever heard of it', { ...agent, report: undefined }, 'heard'],
];

for (const [name, question, expected] of table)
  test(`${name}: ${expected}`, () => assert.equal(whoAsks(question), expected));

test('one that hangs is known to be silent by its third question, and is asked rarely from then on', () => {
  let askedAt = now + heartbeatIntervalMs;
  for (let question = 1; question <= 2; question += 1) {
    const givenUpAt = askedAt + 4_000;
    const again = askAgainInMs(now, askedAt, givenUpAt);
    assert.ok(again !== undefined, `question ${question}`);
    askedAt = givenUpAt + again;
  }
  assert.ok(askedAt - now > heartbeatLimitMs && askedAt - now < heartbeatLimitMs + 100, String(askedAt - now));
  assert.equal(askAgainInMs(now, askedAt, askedAt + 4_000), undefined);
  assert.equal(askAgainInMs(undefined, askedAt, askedAt), undefined, 'one that was never heard is missed by nobody');
});

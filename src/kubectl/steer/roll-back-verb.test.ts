import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf } from './roll-back-verb.ts';

const refused = (at: string, reason: 'Fencing' | 'RollingBack' = 'Fencing') =>
  ({
    target: 'dr',
    requestedAt: 'x',
    conditions: [
      { type: 'Drained', status: 'True', reason: 'Drained', message: 'nothing more is waited for' },
      {
        ...{ type: 'Fenced', status: 'False', reason },
        message: `receiver uploads-dr-1 can't be asked: go back to ${at}: there is no checkpoint that old`,
      },
    ],
  }) as never;

test('an order is called off for what was answered to it, and only while nothing was done', () => {
  const [at, before] = ['2030-01-01T00:10:00.000Z', '2030-01-01T00:05:00.000Z'];
  const why = `go back to ${at}: there is no checkpoint that old`;
  assert.deepEqual(refusalOf(refused(at), `${at} consistent`), { why, isBegun: false });
  assert.deepEqual(refusalOf(refused(at, 'RollingBack'), at), { why, isBegun: true });
  assert.equal(refusalOf(refused(before), at), undefined, 'an answer to the order before');
  assert.equal(refusalOf(undefined, at), undefined);
});

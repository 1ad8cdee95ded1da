import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellRefusals, toldRefusal } from './told-refusals.ts';

const pod = { metadata: { name: 'web', annotations: { own: 'x' } }, spec: { containers: [] } };

test('what kept an agent out is on the pod, for each SyncReplica', () => {
  const told = tellRefusals(pod, [
    { replica: 'uploads', reason: 'QuotaExceeded' },
    { replica: 'cache', reason: 'LimitRange' },
  ]);
  assert.equal(toldRefusal(told, 'uploads'), 'QuotaExceeded');
  assert.equal(toldRefusal(told, 'cache'), 'LimitRange');
  assert.equal(toldRefusal(told, 'other'), undefined);
  assert.equal(told.metadata?.annotations?.own, 'x');
  assert.equal(tellRefusals(pod, []), pod);
});

test('what somebody else wrote there says nothing', () => {
  for (const text of ['', '{', 'null', '7', '[]', '{"uploads":7}', '{"uploads":"Because"}', '{"uploads":"toString"}']) {
    const written = { metadata: { annotations: { 'syncreplica.io/refused': text } } };
    assert.equal(toldRefusal(written, 'uploads'), undefined, text);
    assert.equal(toldRefusal(written, 'constructor'), undefined, text);
  }
});

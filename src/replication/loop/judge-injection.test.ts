import assert from 'node:assert/strict';
import { test } from 'node:test';
import { podOf, replicaOf } from '../decide/observed.fixture.ts';
import { judgeInjection } from './judge-injection.ts';

const judge = (metadata: object) => {
  const pod = podOf('web-a', 'uploads', { injected: false });
  return judgeInjection(replicaOf(), [{ ...pod, metadata: { ...pod.metadata, ...metadata } }], {});
};

test('a pod that the webhook was not asked about is missed, and one that opted out is not', () => {
  assert.deepEqual(judge({}), { missingSidecars: ['web-a'], optedOut: [], refusals: [] });
  const labels = { 'syncreplica.io/inject': 'false' };
  assert.deepEqual(judge({ labels }), { missingSidecars: [], optedOut: ['web-a'], refusals: [] });
});

test('one that was told when it came why it has no agent was not missed: a restart would help it as little', () => {
  const annotations = { 'syncreplica.io/refused': '{"uploads":"QuotaExceeded"}' };
  const refusals = [{ pod: 'web-a', reason: 'QuotaExceeded' }];
  assert.deepEqual(judge({ annotations }), { missingSidecars: [], optedOut: [], refusals });
});

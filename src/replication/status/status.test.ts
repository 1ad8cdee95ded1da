import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import { look, wellWorld } from '../decide/observed.fixture.ts';
import { figuresIntervalMs, judgeStatusWrite, mergePatch } from './status.ts';

const status: SyncReplicaStatus = look(wellWorld()).status ?? {};

test('what the printer columns show', () => {
  const { source, targets, inSync, lag, pending, epoch, state, lastSyncTime } = status;
  assert.deepEqual(
    { source, targets, inSync, lag, pending, epoch, state, lastSyncTime },
    {
      source: 'uploads',
      targets: 'dr',
      inSync: '1/1',
      lag: '0s',
      pending: 0,
      epoch: 4,
      state: 'Online',
      lastSyncTime: '2029-12-31T23:59:00Z',
    },
  );
});

test('a status is written when it differs: at once, or while only figures move every five seconds', () => {
  const figures = { ...status, lag: '0.4s', pending: 3 };
  const other = { ...figures, state: 'Offline' };
  const table: [string, SyncReplicaStatus, number, string][] = [
    ['the same', structuredClone(status), Infinity, 'none'],
    ['figures, long after', figures, 5_000, 'now'],
    ['figures, soon after', figures, 1_000, 'later'],
    ['a state, soon after', other, 1_000, 'now'],
    ['a state, at once after', other, 0, 'now'],
  ];
  for (const [name, next, since, kind] of table)
    assert.equal(judgeStatusWrite(status, next, since, 5_000).kind, kind, name);
  const later = judgeStatusWrite(status, figures, 1_000, 5_000);
  assert.equal(later.kind === 'later' && later.inMs, 4_000);
});

test('a patch holds what differs, and null for what is gone', () => {
  assert.equal(mergePatch({ a: 1, b: [1] }, { a: 1, b: [1] }), undefined);
  assert.deepEqual(mergePatch({ a: 1, b: [1], c: 2 }, { a: 1, b: [1, 2] }), { b: [1, 2], c: null });
  assert.deepEqual(mergePatch({ lag: '1s' }, { lag: undefined }), { lag: null });
});

test('figures of few SyncReplicas are written every five seconds, of many twenty a second in all', () => {
  assert.deepEqual([1, 100, 1_000, 5_000].map(figuresIntervalMs), [5_000, 5_000, 50_000, 250_000]);
});

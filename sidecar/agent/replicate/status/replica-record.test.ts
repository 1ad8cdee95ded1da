import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';
import { ReplicaRecord } from './replica-record.ts';

test('a comparison of all covers all unless deletions are held: another directory may stand in the source’s place', () => {
  const record = new ReplicaRecord('dr', new Proxy({}, { get: () => () => {} }) as ReplicaMetrics, silentLogger);
  const held = { id: 'held', reason: 'SourceReplaced', count: 1, samples: [], since: 0 } as const;
  record.onPassDone(false, 10);
  assert.equal(record.coversAll, false, 'a part');
  record.setHeld(held);
  record.onPassDone(true, 10);
  assert.deepEqual([record.initialPassDone, record.coversAll], [true, false]);
  record.setHeld(null);
  assert.equal(record.coversAll, false, 'that nothing is held any more is not that it was deleted');
  record.onPassDone(true, 10);
  assert.equal(record.coversAll, true);
});

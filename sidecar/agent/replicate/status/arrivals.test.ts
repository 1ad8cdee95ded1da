import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../../../src/process/clock.ts';
import { compileFilter } from '../../../filter/filter.ts';
import { LostEvents } from '../../changes/lost-events.ts';
import { WallTimes } from '../../changes/wall-times.ts';
import { ChangeLog } from '../../log/change-log.ts';
import { Backlog } from '../work/backlog.ts';
import { makeArrivals } from './arrivals.ts';
import type { ReplicaRecord } from './replica-record.ts';

test('what a target never gets has not arrived, though nothing of it is owed any more; that it went has', () => {
  const parts = {
    clock: systemClock,
    log: new ChangeLog({}),
    lost: new LostEvents(),
    wall: new WallTimes(systemClock),
  };
  const backlog = new Backlog(parts, 'dr');
  const record = { initialPassDone: true, held: null } as ReplicaRecord;
  const { fateOf } = makeArrivals(backlog, record, compileFilter({ exclude: [], include: [] }), () => undefined);
  const age = { sequence: 1, at: 0 };
  backlog.owed.owe('pipe', 'special', 'special-file', age, 0);
  backlog.owed.owe('closed', 'unreadable', 'denied', age, 0);
  const fates = (operation: 'Write' | 'Delete') =>
    ['pipe', 'closed', 'file'].map((path) => fateOf({ path, sequence: 0, operation }));
  assert.deepEqual(fates('Write'), ['left-out', 'waits', 'arrived']);
  assert.deepEqual(fates('Delete'), ['arrived', 'waits', 'arrived']);
});

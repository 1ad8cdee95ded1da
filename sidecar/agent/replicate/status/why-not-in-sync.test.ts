import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../../../src/process/log/logger.ts';
import { createManualClock } from '../../../../src/process/manual-clock.ts';
import { LostEvents } from '../../changes/lost-events.ts';
import { WallTimes } from '../../changes/wall-times.ts';
import { ChangeLog } from '../../log/change-log.ts';
import { Backlog } from '../work/backlog.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';
import { ReplicaRecord } from './replica-record.ts';
import { lagOf, whyNotInSync } from './why-not-in-sync.ts';

const maxLagMs = 1_000;
const age = { sequence: 1, at: 0 };

/** All that the parts of a replica may know; each case changes one of them, and then more time goes by than the lag may be. */
const setUp = () => {
  const clock = createManualClock();
  const log = new ChangeLog();
  const backlog = new Backlog({ clock, log, lost: new LostEvents(), wall: new WallTimes(clock) }, 'dr');
  const metrics = new Proxy({}, { get: () => () => {} }) as ReplicaMetrics;
  const begun = new ReplicaRecord('dr', metrics, silentLogger);
  begun.onSuccess();
  const record = new ReplicaRecord('dr', metrics, silentLogger);
  record.onPassDone(true, 10);
  const edges = {
    notWatched: undefined as string | undefined,
    unseenMs: 0,
    upstreamMs: 0 as number | null,
    heldAt: undefined as number | undefined,
    differences: 0,
  };
  return { clock, log, backlog, record, begun, edges };
};

const table: readonly (readonly [
  what: string,
  change: (parts: ReturnType<typeof setUp>) => unknown,
  reason?: string,
])[] = [
  ['all is well', () => {}],
  [
    'it is away',
    ({ record }) => record.onOffline({ kind: 'again', reason: 'TargetUnreachable', message: '' }),
    'NotOnline',
  ],
  ['it is compared for the first time', (parts) => Object.assign(parts, { record: parts.begun }), 'InitialPass'],
  ['it is in use', ({ record }) => record.onFailure({ reason: 'Promoted', message: '' }), 'Promoted'],
  ['something is not watched', ({ edges }) => Object.assign(edges, { notWatched: 'why' }), 'NotWatched'],
  [
    'a change waits',
    ({ log, clock }) => log.append([{ change: { kind: 'content', path: 'a' }, at: clock.monotonic() }]),
    'Behind',
  ],
  ['a file is held back', ({ edges, clock }) => Object.assign(edges, { heldAt: clock.monotonic() }), 'Behind'],
  [
    'what was found just now is not there yet',
    ({ backlog, clock }) => backlog.addUndone(['a'], { ...age, at: clock.monotonic() + 2 * maxLagMs }),
    'Behind',
  ],
  ['a look is long ago', ({ edges }) => Object.assign(edges, { unseenMs: 2 * maxLagMs }), 'Behind'],
  [
    'its source is a copy that is behind',
    ({ edges }) => Object.assign(edges, { upstreamMs: 1_000_000 }),
    'UpstreamBehind',
  ],
  [
    'what was sent may be lost',
    ({ backlog, clock }) => backlog.unacknowledged.sent(['a'], clock.monotonic()),
    'NotDurable',
  ],
  [
    'deletions are held',
    ({ record }) => record.setHeld({ id: 'a', reason: 'TooMany', count: 3, samples: [], since: 0 }),
    'DeletesHeld',
  ],
  ['one is refused', ({ backlog }) => backlog.owed.owe('a', 'refused', '', age, 0), 'Refused'],
  ['one can’t be read', ({ backlog }) => backlog.owed.owe('a', 'unreadable', '', age, 0), 'Unreadable'],
  ['one can’t be copied by its nature', ({ backlog }) => backlog.owed.owe('a', 'special', '', age, 0)],
  ['one is found to differ', ({ edges }) => Object.assign(edges, { differences: 1 }), 'Diverged'],
];

for (const [what, change, reason] of table)
  test(`the parts of a replica: ${what}: ${reason ?? 'in sync'}`, async () => {
    const parts = setUp();
    change(parts);
    await parts.clock.advance(2 * maxLagMs);
    const { clock, backlog, record, edges } = parts;
    const options = {
      clock,
      notWatched: () => edges.notWatched,
      unseenMs: () => edges.unseenMs,
      upstream: { ageMs: () => edges.upstreamMs },
      heldBack: () => ({ oldestHeldAt: edges.heldAt, heldCount: 0 }),
    } as never as Parameters<typeof whyNotInSync>[0] & Parameters<typeof lagOf>[0];
    const figures = { maxLagMs, lagMs: lagOf(options, backlog), differences: edges.differences };
    assert.equal(whyNotInSync(options, backlog, record, figures)?.reason, reason);
  });

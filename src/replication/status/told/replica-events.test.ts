import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FailureReason, ReplicaStatus } from '../../../../sidecar/protocol/agent-status.ts';
import type { SyncReplicaStatus } from '../../../api/schema/syncreplica.generated.ts';
import { agentOf, look, now, podOf, replicaOf, reportOf, wellWorld } from '../../decide/observed.fixture.ts';
import type { Observed } from '../../observed.ts';

/** What is told of a step from one world to the next, and what is left to tell when nothing changes after it. */
const step = (before: Partial<Observed>, after: Partial<Observed>): string[] => {
  const first = look(wellWorld(before));
  const carry = (memory: Observed['memory'], status: SyncReplicaStatus | undefined): Partial<Observed> => ({
    ...after,
    memory,
    replica: replicaOf({}, {}, status),
  });
  const second = look(wellWorld(carry(first.memory, first.status)));
  const third = look(wellWorld(carry(second.memory, second.status)));
  assert.deepEqual(third.events, [], 'told once');
  return second.events.map(({ type, reason }) => `${type} ${reason}`).sort();
};
const reported = (report: Partial<ReplicaStatus>): Partial<Observed> => ({
  agents: new Map([['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr', report)]) }]]),
});
const failing = (reason: FailureReason, message: string) => reported({ lastError: { reason, message, at: 1 } });
const verified = (found: number, repaired: number) =>
  reported({
    verification: {
      ...{ verifiedAt: 1, mode: 'Checksum', entries: 10, running: null, answered: null, trouble: null },
      ...{ found, repaired, rests: 0, differences: found - repaired, samples: [] },
    },
  });
const degraded = (reason: 'WatchLimitReached' | 'UnreadableFiles'): Partial<Observed> => ({
  agents: new Map([
    ['web-a', { at: now.monotonicMs, status: agentOf([reportOf('dr')], { degraded: [{ reason, message: 'why' }] }) }],
  ]),
});
const started = 1_000_000_000_000;
/** When a receiver let go of its history, ms; 0 for never. */
const shortened = (at: number): Partial<Observed> => {
  const history = { bytes: 1, entries: 1, lost: 0, oldestAt: 1, checkpointAt: 1, isAtCheckpoint: true };
  const status = {
    epoch: 1,
    position: null,
    promoted: null,
    agents: [],
    history: { ...history, ...(at > 0 ? { shortened: { at, by: 'room' } } : {}) },
  };
  return { receivers: new Map([['uploads-dr-0', { at: now.monotonicMs, status: status as never }]]) };
};
const held = reported({ heldDeletes: { id: 'abc', reason: 'TooMany', count: 120, samples: [], since: 1 } });

const kept = reported({ keptDeletes: [{ id: 'mass-1', count: 9, samples: [], since: 1, until: 2 }] });

test('each change is told once, in both directions', () => {
  const table: [string, Partial<Observed>, Partial<Observed>, string[]][] = [
    ['nothing', {}, {}, []],
    ['an agent found missing', {}, { missingSidecars: ['web-a'] }, ['Warning SidecarMissing']],
    ['an agent back', { missingSidecars: ['web-a'] }, {}, ['Normal Injected']],
    ['deletions held', {}, held, ['Warning DeletesHeld']],
    ['deletions released', held, {}, ['Normal DeletesReleased']],
    ['deletions that can be put back', {}, kept, ['Warning DeletesKept']],
    ['the time to put them back is over', kept, {}, []],
    ['a full target', {}, failing('TargetFull', 'no room'), ['Warning TargetFull']],
    ['the same in other words', failing('TargetFull', 'no room'), failing('TargetFull', 'none at all'), []],
    ['an unreadable file', {}, failing('SourceUnreadable', 'no'), ['Warning PermissionDenied']],
    [
      'a file that can’t be read, and all others are sent',
      {},
      reported({ skipped: { count: 1, samples: ['a (permission denied)'] } }),
      ['Warning PermissionDenied'],
    ],
    ['a directory that can’t be read', {}, degraded('UnreadableFiles'), ['Warning PermissionDenied']],
    ['a limit of the watch', {}, degraded('WatchLimitReached'), ['Warning WatchLimitReached']],
    [
      'a first pass that was over before it was heard of',
      reported({ initialPassDone: false, lastFullPassAt: null, link: 'Offline', inSync: false }),
      {},
      ['Normal InSyncGrown', 'Normal InitialPassFinished', 'Normal ReplicaOnline'],
    ],
    ['a writer of other data', {}, failing('OtherSource', 'no'), ['Warning WriterRefused']],
    ['a restore that came too late', {}, failing('RestoreMissed', 'no'), ['Warning RestoreMissed']],
    ['a comparison that finds nothing', {}, verified(0, 0), []],
    ['differences', verified(0, 0), verified(3, 0), ['Warning Diverged']],
    ['differences that were mended at once', verified(3, 3), verified(4, 4), ['Normal Repaired', 'Warning Diverged']],
    ['an agent that counts anew', verified(3, 3), verified(1, 0), ['Warning Diverged']],
    ['history let go for room', shortened(0), shortened(started), ['Warning HistoryShortened']],
    ['more of it soon after', shortened(started), shortened(started + 60_000), []],
    ['and again after an hour', shortened(started), shortened(started + 2 * 3_600_000), ['Warning HistoryShortened']],
    ['a failure that mends itself', {}, failing('TargetUnreachable', 'no'), []],
    ['lag', {}, reported({ inSync: false, lagSeconds: 90 }), ['Warning InSyncShrunk']],
    ['no lag any more', reported({ inSync: false, lagSeconds: 90 }), {}, ['Normal InSyncGrown']],
    ['offline', {}, reported({ link: 'Offline', inSync: false }), ['Warning InSyncShrunk', 'Warning ReplicaOffline']],
    ['online', reported({ link: 'Offline', inSync: false }), {}, ['Normal InSyncGrown', 'Normal ReplicaOnline']],
  ];
  for (const [name, before, after, events] of table) assert.deepEqual(step(before, after), events, name);
});

test('why a replica went offline is said', () => {
  const lost = { lastError: { reason: 'TargetFull', message: 'no room', at: 1 }, link: 'Offline' } as const;
  const notes = look(wellWorld(reported(lost))).events.map(({ note }) => note);
  assert.ok(notes.includes('uploads on dr is offline: TargetFull'), notes.join());
});

test('another writer is told, also after a moment in which nobody wrote', () => {
  const by = (pod: string | undefined): Partial<Observed> => ({
    pods: [podOf('web-a', 'uploads'), podOf('web-b', 'uploads')],
    agents: new Map(pod ? [[pod, { at: now.monotonicMs, status: agentOf([reportOf('dr')]) }]] : []),
  });
  let carried: Partial<Observed> = {};
  const told: string[] = [];
  for (const pod of ['web-a', undefined, 'web-b', 'web-b', undefined, 'web-b']) {
    const plan = look(wellWorld({ ...by(pod), ...carried }));
    carried = { memory: plan.memory, replica: replicaOf({}, {}, plan.status) };
    told.push(...plan.events.filter(({ reason }) => reason === 'WriterChanged').map(({ note }) => note));
  }
  assert.deepEqual(told, ['web-b writes uploads now, before it was web-a']);
});

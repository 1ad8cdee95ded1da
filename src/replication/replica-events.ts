import type { ConditionVerdict } from '../api/conditions.ts';
import type { StatusCondition, SyncReplicaStatus } from '../api/syncreplica.generated.ts';
import type { ReplicaMemory } from './observed.ts';
import type { ReplicaRow, ReplicaTransition } from './replica-rows.ts';

/** An Event about a SyncReplica. */
export interface ReplicaEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly note: string;
}

export type EventReason =
  | 'SidecarMissing'
  | 'ReplicaNew'
  | 'ReplicaOnline'
  | 'ReplicaOffline'
  | 'InSyncShrunk'
  | 'InSyncGrown'
  | 'InitialPassFinished'
  | 'TargetFull'
  | 'DeletesHeld'
  | 'WatchLimitReached'
  | 'PermissionDenied'
  | 'WriterChanged';

export interface ChangeToTell {
  readonly transitions: readonly ReplicaTransition[];
  readonly before: SyncReplicaStatus | undefined;
  readonly after: SyncReplicaStatus;
  readonly verdicts: readonly ConditionVerdict[];
  readonly rows: readonly ReplicaRow[];
  readonly memory: ReadonlyMap<string, ReplicaMemory>;
}

/** Events tell of changes only; a look that changes nothing tells nothing. */
export const tellChanges = (change: ChangeToTell): ReplicaEvent[] => [
  ...change.transitions.flatMap(tellTransition),
  ...tellInSync(change),
  ...tellWriters(change),
  ...tellConditions(change),
];

const tellTransition = ({ from, to, target, volume }: ReplicaTransition): ReplicaEvent[] => {
  const where = `${volume} on ${target}`;
  if (to === 'New') return [{ type: 'Normal', reason: 'ReplicaNew', note: `${where}: the first pass begins` }];
  if (to === 'Offline' && from !== 'DeletionIneligible') {
    return [{ type: 'Warning', reason: 'ReplicaOffline', note: `${where} is offline` }];
  }
  if (to !== 'Online') return [];
  const online: ReplicaEvent = { type: 'Normal', reason: 'ReplicaOnline', note: `${where} is online` };
  const finished: ReplicaEvent = {
    type: 'Normal',
    reason: 'InitialPassFinished',
    note: `${where}: the first pass is done`,
  };
  return from === 'New' ? [finished, online] : [online];
};

const tellInSync = ({ rows, memory, before }: ChangeToTell): ReplicaEvent[] =>
  rows.flatMap((row): ReplicaEvent[] => {
    // An operator that takes over knows from the status what was told before.
    const was = memory.get(row.key)?.inSync ?? wasInSync(before, row);
    if (was === row.inSync) return [];
    return row.inSync
      ? [{ type: 'Normal', reason: 'InSyncGrown', note: `${row.volume} on ${row.target} joined the replicas in sync` }]
      : [{ type: 'Warning', reason: 'InSyncShrunk', note: `${row.volume} on ${row.target} left the replicas in sync` }];
  });

const wasInSync = (before: SyncReplicaStatus | undefined, { ordinal, target }: ReplicaRow): boolean =>
  before?.volumes
    ?.find((volume) => (volume.ordinal ?? 0) === ordinal)
    ?.replicas?.find((replica) => replica.target === target)?.inSync === true;

const tellWriters = ({ before, after }: ChangeToTell): ReplicaEvent[] =>
  (after.volumes ?? []).flatMap(({ name, ordinal, writer }): ReplicaEvent[] => {
    const old = before?.volumes?.find((row) => (row.ordinal ?? 0) === (ordinal ?? 0))?.writer;
    if (old === undefined || writer === undefined || old === writer) return [];
    return [{ type: 'Normal', reason: 'WriterChanged', note: `${writer} writes ${name} now, before it was ${old}` }];
  });

/** Conditions whose becoming so is told, and as what. */
const told: readonly { type: string; status: string; reasons?: readonly string[]; event: EventReason }[] = [
  { type: 'Injected', status: 'False', event: 'SidecarMissing' },
  { type: 'DeletesHeld', status: 'True', event: 'DeletesHeld' },
  { type: 'Degraded', status: 'True', reasons: ['TargetFull'], event: 'TargetFull' },
  { type: 'Degraded', status: 'True', reasons: ['WatchLimitReached'], event: 'WatchLimitReached' },
  {
    type: 'Degraded',
    status: 'True',
    reasons: ['PermissionDenied', 'TargetDenied', 'SourceUnreadable'],
    event: 'PermissionDenied',
  },
];

const tellConditions = ({ before, verdicts }: ChangeToTell): ReplicaEvent[] =>
  told.flatMap(({ type, status, reasons, event }): ReplicaEvent[] => {
    const isSo = (condition: ConditionVerdict | StatusCondition | undefined): boolean =>
      condition?.status === status && (reasons?.includes(condition.reason) ?? true);
    const now = verdicts.find((verdict) => verdict.type === type);
    const was = before?.conditions?.find((condition) => condition.type === type);
    return now && isSo(now) && !isSo(was) ? [{ type: 'Warning', reason: event, note: now.message }] : [];
  });

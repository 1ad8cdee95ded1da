import type { ConditionVerdict } from '../../../api/conditions.ts';
import type { StatusCondition, SyncReplicaStatus } from '../../../api/schema/syncreplica.generated.ts';
import type { ReplicaMemory } from '../../observed.ts';
import type { ReplicaRow, ReplicaTransition } from '../../states/replica-rows.ts';
import { rowBefore } from '../row-before.ts';
import { tellHistory } from './tell-history.ts';

/** An Event about a SyncReplica. */
export interface ReplicaEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: EventReason;
  readonly note: string;
}

export type EventReason =
  | 'Injected'
  | 'SidecarMissing'
  | 'Restarted'
  | 'ReplicaNew'
  | 'ReplicaOnline'
  | 'ReplicaOffline'
  | 'InSyncShrunk'
  | 'InSyncGrown'
  | 'InitialPassFinished'
  | 'TargetFull'
  | 'DeletesHeld'
  | 'DeletesKept'
  | 'DeletesReleased'
  | 'WatchLimitReached'
  | 'PermissionDenied'
  | 'WriterChanged'
  | 'WriterRefused'
  | 'RestoreMissed'
  | 'Promoted'
  | 'Demoted'
  | 'Diverged'
  | 'Repaired'
  | 'CheckpointMissed'
  | 'CheckpointMade'
  | 'HistoryShortened'
  | 'CredentialsRotated';

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
  ...change.transitions.flatMap((transition) => tellTransition(transition, change.rows)),
  ...tellFirstPass(change),
  ...tellInSync(change),
  ...tellWriters(change),
  ...tellErrors(change),
  ...tellConditions(change),
  ...tellPromotions(change),
  ...tellVerification(change),
  ...tellHistory(change),
];

/** Why a replica went offline, as far as anybody said. */
export const whyChanged = (
  { to, target, volume }: ReplicaTransition,
  rows: readonly ReplicaRow[],
): string | undefined =>
  to === 'Offline'
    ? rows.find((one) => one.volume === volume && one.target === target)?.view?.report?.lastError?.reason
    : undefined;

const tellTransition = (transition: ReplicaTransition, rows: readonly ReplicaRow[]): ReplicaEvent[] => {
  const { from, to, target, volume } = transition;
  const where = `${volume} on ${target}`;
  if (to === 'New') return [{ type: 'Normal', reason: 'ReplicaNew', note: `${where}: the first pass begins` }];
  if (to === 'Offline' && from !== 'DeletionIneligible' && from !== 'Idle') {
    const why = whyChanged(transition, rows);
    return [{ type: 'Warning', reason: 'ReplicaOffline', note: `${where} is offline${why ? `: ${why}` : ''}` }];
  }
  return to === 'Online' ? [{ type: 'Normal', reason: 'ReplicaOnline', note: `${where} is online` }] : [];
};

/** By what was heard, and not by states: a first pass of a second is over before anybody is heard of it. */
const tellFirstPass = ({ rows, memory, before }: ChangeToTell): ReplicaEvent[] =>
  rows.flatMap((row): ReplicaEvent[] => {
    const was = memory.get(row.key)?.compared ?? rowBefore(before, row)?.lastFullPassTime !== undefined;
    if (was || row.view?.initialPassDone !== true) return [];
    const note = `${row.volume} on ${row.target}: the first pass is done`;
    return [{ type: 'Normal', reason: 'InitialPassFinished', note }];
  });

const tellInSync = ({ rows, memory, before }: ChangeToTell): ReplicaEvent[] =>
  rows.flatMap((row): ReplicaEvent[] => {
    // An operator that takes over knows from the status what was told before.
    const was = memory.get(row.key)?.inSync ?? rowBefore(before, row)?.inSync === true;
    if (was === row.inSync || row.state === 'Idle' || row.view?.hearing === 'Unasked') return [];
    return row.inSync
      ? [{ type: 'Normal', reason: 'InSyncGrown', note: `${row.volume} on ${row.target} joined the replicas in sync` }]
      : [{ type: 'Warning', reason: 'InSyncShrunk', note: `${row.volume} on ${row.target} left the replicas in sync` }];
  });

const tellWriters = ({ before, after, rows, memory }: ChangeToTell): ReplicaEvent[] =>
  (after.volumes ?? []).flatMap(({ name, ordinal = 0, writer }): ReplicaEvent[] => {
    // For a moment nobody writes, and then the status names nobody.
    const known = rows.filter((row) => row.ordinal === ordinal).map(({ key }) => memory.get(key)?.writer);
    const old =
      known.find((pod) => pod !== undefined) ?? before?.volumes?.find((row) => (row.ordinal ?? 0) === ordinal)?.writer;
    if (old === undefined || writer === undefined || old === writer) return [];
    return [{ type: 'Normal', reason: 'WriterChanged', note: `${writer} writes ${name} now, before it was ${old}` }];
  });

/** Errors of a replica that somebody has to mend. The note is always the same: what rsync says of it differs from run to run. */
const toldErrors: Readonly<Record<string, { readonly event: EventReason; readonly says: string } | undefined>> = {
  TargetFull: { event: 'TargetFull', says: 'the target is full; sending goes on when there is room' },
  TargetDenied: { event: 'PermissionDenied', says: 'the target refuses what is written; see lastError in the status' },
  SourceUnreadable: {
    event: 'PermissionDenied',
    says: 'part of the source can’t be read; see lastError in the status',
  },
  RestoreMissed: {
    event: 'RestoreMissed',
    says: 'the source was not empty when it could have been filled; nothing is written to the target until a person chooses',
  },
  Promoted: {
    event: 'WriterRefused',
    says: 'the target was promoted: it is in use in place of this source, and takes nothing from it',
  },
  OtherSource: {
    event: 'WriterRefused',
    says: 'the target holds the data of another source and takes nothing until a person has said which one counts',
  },
};

/** A promotion counts from its fence on. */
const tellPromotions = ({ before, after, rows }: ChangeToTell): ReplicaEvent[] => {
  const fencedOf = (status: SyncReplicaStatus | undefined) =>
    (status?.promotions ?? []).filter(({ fencedAt }) => fencedAt !== undefined);
  const was = fencedOf(before).map(({ target }) => target);
  const is = fencedOf(after).map(({ target }) => target);
  return [
    ...fencedOf(after)
      .filter(({ target }) => !was.includes(target))
      .map(({ target, loss }): ReplicaEvent => {
        return {
          type: 'Normal',
          reason: 'Promoted',
          note: `${target} refuses every writer from now on; lost: ${loss}`,
        };
      }),
    ...was
      // One that left the spec while it was in use is over with its claims.
      .filter((target) => !is.includes(target) && rows.some((row) => row.target === target))
      .map((target): ReplicaEvent => {
        return { type: 'Normal', reason: 'Demoted', note: `${target} is a target again` };
      }),
  ];
};

const tellErrors = ({ rows, before }: ChangeToTell): ReplicaEvent[] =>
  rows.flatMap((row): ReplicaEvent[] => {
    const now = row.view?.report?.lastError?.reason;
    const tells = now && toldErrors[now];
    if (!tells || rowBefore(before, row)?.lastError?.reason === now) return [];
    return [{ type: 'Warning', reason: tells.event, note: `${row.volume} on ${row.target}: ${tells.says}` }];
  });

/** Agents count since their start: with a new one the count begins anew. */
const tellVerification = ({ rows, before }: ChangeToTell): ReplicaEvent[] =>
  rows.flatMap((row): ReplicaEvent[] => {
    const now = row.view?.report?.verification;
    const was = rowBefore(before, row)?.verification;
    if (!now) return [];
    const more = (count: number, known = 0): number => (count < known ? count : count - known);
    const [found, repaired] = [more(now.found, was?.found), more(now.repaired, was?.repaired)];
    const where = `of ${row.volume} on ${row.target}`;
    return [
      ...(found > 0
        ? [{ type: 'Warning', reason: 'Diverged', note: `${found} entries ${where} differ from the source` } as const]
        : []),
      ...(repaired > 0
        ? [
            {
              type: 'Normal',
              reason: 'Repaired',
              note: `${repaired} entries ${where} that differed were mended`,
            } as const,
          ]
        : []),
    ];
  });

/** Conditions whose becoming so is told, and as what. `after` asks for what was before. */
const told: readonly {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly after?: string;
  readonly event: EventReason;
  readonly isGood?: boolean;
}[] = [
  { type: 'Injected', status: 'True', event: 'Injected', isGood: true },
  { type: 'Injected', status: 'False', event: 'SidecarMissing' },
  { type: 'DeletesHeld', status: 'True', event: 'DeletesHeld' },
  { type: 'DeletesHeld', status: 'False', after: 'True', event: 'DeletesReleased', isGood: true },
  { type: 'DeletesHeld', status: 'False', reason: 'DeletesKept', event: 'DeletesKept' },
  { type: 'Consistent', status: 'False', event: 'CheckpointMissed' },
  { type: 'Consistent', status: 'True', after: 'False', event: 'CheckpointMade', isGood: true },
  { type: 'Degraded', status: 'True', reason: 'WatchLimitReached', event: 'WatchLimitReached' },
  { type: 'Degraded', status: 'True', reason: 'UnreadableFiles', event: 'PermissionDenied' },
  { type: 'Degraded', status: 'True', reason: 'EntriesSkipped', event: 'PermissionDenied' },
];

const tellConditions = ({ before, verdicts }: ChangeToTell): ReplicaEvent[] =>
  told.flatMap(({ type, status, reason, after, event, isGood }): ReplicaEvent[] => {
    const isSo = (condition: ConditionVerdict | StatusCondition | undefined): boolean =>
      condition?.status === status && (reason === undefined || condition.reason === reason);
    const now = verdicts.find((verdict) => verdict.type === type);
    const was = before?.conditions?.find((condition) => condition.type === type);
    if (!now || !isSo(now) || isSo(was) || (after !== undefined && was?.status !== after)) return [];
    return [{ type: isGood ? 'Normal' : 'Warning', reason: event, note: now.message }];
  });

import { annotations } from '../api/names.ts';
import type { ResolvedSnapshots } from '../api/resolved-spec.ts';
import type { SyncReplicaStatus } from '../api/schema/syncreplica.generated.ts';
import { nextRunAfter } from '../api/units/next-run.ts';
import type { VolumeSnapshot } from '../cluster/objects.ts';
import type { SnapshotGroup } from './snapshot-group.ts';

export type SnapshotRow = NonNullable<SyncReplicaStatus['snapshots']>[number];

export interface SnapshotQuestion {
  readonly settings: ResolvedSnapshots;
  /** The youngest first. */
  readonly groups: readonly SnapshotGroup[];
  readonly nowMs: number;
}

export interface SnapshotPlan {
  readonly isDue: boolean;
  /** What is no longer to be kept. */
  readonly remove: readonly VolumeSnapshot[];
  /** Those whose taking was cut off: nobody knows any more whether writes were held. */
  readonly unmarked: readonly VolumeSnapshot[];
  /** Until the next look, ms. */
  readonly lookAgainMs: number;
}

/** A snapshot that was cut and can't be used yet is looked at so often, for so long. */
const readyEveryMs = 5_000;
const readyWithinMs = 3_600_000;
/** Longer than it is ever held. */
const takingMs = 180_000;
const longestMs = 3_600_000;

/** What is to be done about one target's snapshots now. Pure. */
export const decideSnapshots = ({ settings, groups, nowMs }: SnapshotQuestion): SnapshotPlan => {
  // One that was cut off is taken again.
  const last = groups.find(({ isWhole }) => isWhole);
  const next = last && nextRunAfter(settings.schedule, new Date(last.takenAtMs))?.getTime();
  const dueMs = last ? (next ?? Number.POSITIVE_INFINITY) : nowMs;
  const isOpen = (group: SnapshotGroup): boolean =>
    group.isWhole && !group.isReady && nowMs - group.takenAtMs < readyWithinMs;
  // One that never came to be of use is in nobody's place.
  const kept = groups.filter(({ isReady }) => isReady).slice(0, settings.keep);
  const remove = groups.slice(1).filter((group) => group !== last && !kept.includes(group) && !isOpen(group));
  return {
    isDue: dueMs <= nowMs,
    remove: remove.flatMap(({ members }) => members),
    unmarked: groups.flatMap(({ takenAtMs, members }) =>
      nowMs - takenAtMs < takingMs
        ? []
        : members.filter(({ metadata }) => metadata?.annotations?.[annotations.atCheckpoint] === undefined),
    ),
    lookAgainMs: Math.min(longestMs, Math.max(0, dueMs - nowMs), groups.some(isOpen) ? readyEveryMs : longestMs),
  };
};

const untaken = 'nobody took the last one yet: is the snapshot controller there, and a CSI driver that can?';

/** What the status says of them. `trouble` is why none can be taken at all. */
export const snapshotRow = (
  target: string,
  groups: readonly SnapshotGroup[],
  trouble: Pick<SnapshotRow, 'reason' | 'message'> | undefined,
): SnapshotRow => {
  const [last] = groups;
  const marks = last?.members.map(({ metadata }) => metadata?.annotations?.[annotations.atCheckpoint]) ?? [];
  // Whoever asked for them waited until they were taken, and has marked them since.
  const isUntaken = last && !last.isTaken && marks.every((mark) => mark !== undefined);
  const failure = last?.isReady ? undefined : (last?.error ?? (isUntaken ? untaken : undefined));
  return {
    target,
    ...(last
      ? {
          takenAt: new Date(last.takenAtMs).toISOString(),
          names: last.members.slice(0, 10).map(({ metadata }) => metadata?.name ?? ''),
          atCheckpoint: last.isWhole && marks.every((mark) => mark === 'true'),
        }
      : {}),
    ready: groups.filter(({ isReady }) => isReady).length,
    ...(trouble ?? (failure === undefined ? {} : { reason: 'SnapshotFailed', message: failure })),
  };
};

import type { ReplicaStatusRow, StatusCondition, SyncReplica } from '../api/schema/syncreplica.generated.ts';

/** One replica of one SyncReplica, for a list of all. */
export interface Standing {
  readonly namespace: string;
  readonly replica: string;
  readonly volume: string;
  readonly writer: string | undefined;
  readonly row: ReplicaStatusRow;
}

export const standingsOf = ({ metadata: { namespace, name }, status }: SyncReplica): readonly Standing[] =>
  (status?.volumes ?? []).flatMap((volume) =>
    (volume.replicas ?? []).map((row) => ({
      namespace,
      replica: name,
      volume: volume.name,
      writer: volume.writer,
      row,
    })),
  );

/** How old the oldest change is that is not on the target, seconds: also while no agent says so. */
export const lagOf = ({ lagSeconds, behindSince }: ReplicaStatusRow, nowMs: number): number | undefined => {
  const since = behindSince === undefined ? undefined : Math.max(0, nowMs - Date.parse(behindSince)) / 1_000;
  // Of an agent that came after one that was behind, its own changes are not the oldest.
  return lagSeconds === undefined || since === undefined ? (lagSeconds ?? since) : Math.max(lagSeconds, since);
};

/** The furthest behind first; what says no lag at all is worse than any that does. */
export const sortByLag = (standings: readonly Standing[], nowMs: number): readonly Standing[] => {
  const lag = ({ row }: Standing): number =>
    lagOf(row, nowMs) ?? (row.state === 'Online' || row.state === 'Idle' ? 0 : Number.MAX_SAFE_INTEGER);
  const key = ({ namespace, replica, volume, row }: Standing): string =>
    [namespace, replica, volume, row.target].join('/');
  return standings.toSorted((a, b) => lag(b) - lag(a) || (key(a) < key(b) ? -1 : 1));
};

export interface Concern {
  readonly reason: string;
  readonly message: string;
  /** RFC 3339. */
  readonly since: string | undefined;
}

/** Conditions that say what is wrong when they are so, the most telling first. */
const telling: readonly (readonly [type: string, whenBad: 'True' | 'False'])[] = [
  ['Stalled', 'True'],
  ['Degraded', 'True'],
  ['DeletesHeld', 'True'],
  ['Verified', 'False'],
  ['Injected', 'False'],
  ['TargetsReady', 'False'],
  ['Ready', 'False'],
  ['InSync', 'False'],
  ['AgentsOutdated', 'True'],
];

/** All that the conditions complain of, each reason once. */
export const concernsOf = ({ status }: SyncReplica): readonly Concern[] => {
  const found = telling.flatMap(([type, whenBad]): StatusCondition[] =>
    (status?.conditions ?? []).filter((one) => one.type === type && one.status === whenBad),
  );
  const said = new Set<string>();
  return found.flatMap(({ reason, message, lastTransitionTime }) => {
    if (said.has(reason)) return [];
    said.add(reason);
    return [{ reason, message, since: lastTransitionTime }];
  });
};

/** A SyncReplica that nobody has looked at yet has no conditions. */
export const isSeen = ({ status }: SyncReplica): boolean => (status?.conditions?.length ?? 0) > 0;

export const conditionStatus = ({ status }: SyncReplica, type: string): string =>
  status?.conditions?.find((one) => one.type === type)?.status ?? 'Unknown';

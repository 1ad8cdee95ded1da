import { annotations, labels, labelValue, managedByValue, receiverName } from '../api/names.ts';
import type { ManagedTarget } from '../api/resolved-spec.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import type { VolumeSnapshot } from '../cluster/objects.ts';
import { claimOfTarget } from '../replication/desired/claim-of-target.ts';

/** All that were taken of one target at one time: one for each source volume. */
export interface SnapshotGroup {
  readonly takenAtMs: number;
  readonly members: readonly VolumeSnapshot[];
  /** None was left out: what is no snapshot of all volumes is none of the target. */
  readonly isWhole: boolean;
  /** It is whole, and every one of them was cut. */
  readonly isTaken: boolean;
  /** It is whole, and every one of them can be used. */
  readonly isReady: boolean;
  /** What the driver or the controller says is wrong. */
  readonly error: string | undefined;
}

/** Labels by which those of one target are found. */
export const snapshotLabels = (replica: string, target: string): Record<string, string> => ({
  [labels.managedBy]: managedByValue,
  [labels.component]: 'snapshot',
  [labels.replica]: labelValue(replica),
  [labels.target]: target,
});

/** One that is to be taken now, of so many. It goes with its SyncReplica only where the claim does. */
export const snapshotObject = (
  { metadata, apiVersion, kind, spec }: SyncReplica,
  target: ManagedTarget,
  ordinal: number,
  { takenAtMs, count }: { readonly takenAtMs: number; readonly count: number },
): VolumeSnapshot => {
  const { name, namespace, uid } = metadata;
  const { className } = target.snapshots ?? {};
  const stamp = new Date(takenAtMs)
    .toISOString()
    .replace(/[-:]|\.\d+Z$/g, '')
    .replace('T', '-');
  const owner = { apiVersion: apiVersion ?? '', kind: kind ?? '', name, uid: uid ?? '' };
  return {
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: {
      name: `${receiverName(name, target.name)}-${ordinal}-${stamp}`,
      namespace,
      labels: snapshotLabels(name, target.name),
      annotations: {
        [annotations.takenAt]: new Date(takenAtMs).toISOString(),
        [annotations.takenTogether]: String(count),
      },
      ...(spec.deletionPolicy === 'Delete' ? { ownerReferences: [owner] } : {}),
    } as never,
    spec: {
      ...(className === undefined ? {} : { volumeSnapshotClassName: className }),
      source: { persistentVolumeClaimName: claimOfTarget(name, target, ordinal) },
    },
  };
};

/** The youngest first. What has lost its mark of when it was taken is a person's by now, and left alone. */
export const groupSnapshots = (snapshots: readonly VolumeSnapshot[]): SnapshotGroup[] => {
  const groups = new Map<number, VolumeSnapshot[]>();
  for (const one of snapshots) {
    const at = Date.parse(one.metadata?.annotations?.[annotations.takenAt] ?? '');
    if (!Number.isNaN(at) && !one.metadata?.deletionTimestamp) groups.set(at, [...(groups.get(at) ?? []), one]);
  }
  return [...groups]
    .sort(([a], [b]) => b - a)
    .map(([takenAtMs, members]): SnapshotGroup => {
      const count = Math.max(
        ...members.map(({ metadata }) => Number(metadata?.annotations?.[annotations.takenTogether] ?? 0)),
      );
      const isWhole = !(members.length < count);
      const said = members.flatMap(({ status }) => (status?.readyToUse ? [] : (status?.error?.message ?? [])))[0];
      return {
        takenAtMs,
        members,
        isWhole,
        isTaken: isWhole && members.every(({ status }) => status?.creationTime !== undefined || status?.readyToUse),
        isReady: isWhole && members.every(({ status }) => status?.readyToUse === true),
        error: said ?? (isWhole ? undefined : `of ${count} volumes ${members.length} were taken`),
      };
    });
};

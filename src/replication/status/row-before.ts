import type { ReplicaStatusRow, SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import type { ReplicaRow } from '../states/replica-rows.ts';

/** What the status said of a replica before. */
export const rowBefore = (
  before: SyncReplicaStatus | undefined,
  { ordinal, target }: ReplicaRow,
): ReplicaStatusRow | undefined =>
  before?.volumes
    ?.find((volume) => (volume.ordinal ?? 0) === ordinal)
    ?.replicas?.find((replica) => replica.target === target);

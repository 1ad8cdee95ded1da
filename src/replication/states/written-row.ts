import type { ReplicaStatusRow } from '../../api/schema/syncreplica.generated.ts';
import type { Observed } from '../observed.ts';

/** What a former leader wrote of a replica. */
export const writtenRow = (
  { replica }: Pick<Observed, 'replica'>,
  ordinal: number,
  target: string,
): ReplicaStatusRow | undefined =>
  replica.status?.volumes
    ?.find((one) => (one.ordinal ?? 0) === ordinal)
    ?.replicas?.find((row) => row.target === target);

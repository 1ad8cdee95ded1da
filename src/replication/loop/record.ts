import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import type { Applied } from '../drift.ts';
import type { ReplicaMemory, TakenName } from '../observed.ts';
import type { SourceVolume } from '../source-volumes.ts';

export interface ToldSettings {
  readonly generation: number;
  readonly unseen?: ReplicationSettings | undefined;
}

/** What this process remembers of a SyncReplica between two looks. All of it can be lost. */
export interface ReplicaRecord {
  memory: ReadonlyMap<string, ReplicaMemory>;
  volumes: readonly SourceVolume[];
  /** The generation of what agents of each source volume are to have, and the settings while the cache may not have them yet. */
  told: ReadonlyMap<string, ToldSettings>;
  /** Why receivers could not be asked for what was ordered, by pod. */
  orderTroubles: ReadonlyMap<string, string>;
  taken: readonly TakenName[];
  /** What can't be written, in the API server's words. */
  refusedApply: string | undefined;
  /** The API server failed at an object in the last look. */
  hasFailed: boolean;
  applied: Map<string, Applied>;
  /** The status that was written over the one of that version, while the cache has not seen it yet. */
  writtenStatus: { readonly over: string | undefined; readonly status: SyncReplicaStatus } | undefined;
  /** Monotonic ms. */
  statusWrittenAt: number;
}

export const newRecord = (): ReplicaRecord => ({
  memory: new Map(),
  volumes: [],
  told: new Map(),
  orderTroubles: new Map(),
  taken: [],
  refusedApply: undefined,
  hasFailed: false,
  applied: new Map(),
  writtenStatus: undefined,
  statusWrittenAt: -Infinity,
});

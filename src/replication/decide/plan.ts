import type { SyncReplicaStatus } from '../../api/schema/syncreplica.generated.ts';
import type { ReplicationSettings } from '../../api/settings/replication-settings.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import type { ReplicaMemory } from '../observed.ts';
import type { OwnedRef } from '../owned.ts';
import type { ReceiverOrder } from '../promotion/decide-promotions.ts';
import type { ReplicaRow, ReplicaTransition } from '../states/replica-rows.ts';
import type { ReplicaEvent } from '../status/told/replica-events.ts';
import type { ClaimChange } from './claim-changes.ts';
import type { Restart } from './find-restarts.ts';

/** What is to be done about one SyncReplica. Everything in it is safe to do twice. */
export interface Plan {
  /** `set` comes before anything is made, `remove` after everything is gone. */
  readonly finalizer: 'set' | 'remove' | 'leave';
  readonly apply: readonly DesiredObject[];
  /** Receivers of another version that take the place of those that run, when this SyncReplica has its turn. */
  readonly rolls: readonly DesiredObject[];
  readonly prune: readonly OwnedRef[];
  readonly patchClaims: readonly ClaimChange[];
  readonly restarts: readonly Restart[];
  /** What receivers are asked for, besides what they are asked regularly. */
  readonly orders: readonly ReceiverOrder[];
  /** What agents are told, by source volume; it is pushed to those that have an older generation. */
  readonly settings: ReadonlyMap<string, ReplicationSettings>;
  /** Undefined while too little is known to say anything. */
  readonly status: SyncReplicaStatus | undefined;
  readonly memory: ReadonlyMap<string, ReplicaMemory>;
  readonly rows: readonly ReplicaRow[];
  readonly transitions: readonly ReplicaTransition[];
  readonly refused: readonly ReplicaTransition[];
  readonly events: readonly ReplicaEvent[];
  /** When to look again if nothing happens; undefined for the regular resync. */
  readonly requeueAfterMs: number | undefined;
}

import type { ReplicationSettings, TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { RelPath } from '../changes/change.ts';
import type { LostEvents } from '../changes/lost-events.ts';
import type { Settler } from '../changes/settle.ts';
import type { WallTimes } from '../changes/wall-times.ts';
import type { AnnouncedLately } from '../deletions/announced-lately.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { TargetProof } from '../outline/target-proof.ts';
import type { Upstream } from '../relay/upstream.ts';
import type { ProcessorBudget } from '../schedule/processor-budget.ts';
import type { Verifying } from '../verify/start-verifying.ts';
import type { ReplicatorEdges } from './replicator-edges.ts';
import type { ArrivalObserver } from './status/arrivals.ts';
import type { ReplicaMetrics } from './status/replica-metrics.ts';

/** All that one target's replicator is given. */
export interface ReplicatorOptions extends ReplicatorEdges {
  readonly target: TargetSettings;
  readonly settings: ReplicationSettings;
  readonly holder: string;
  readonly takeOver: boolean;
  readonly log: ChangeLog;
  readonly lost: LostEvents;
  readonly wall: WallTimes;
  readonly lately: AnnouncedLately;
  readonly budget: ProcessorBudget;
  readonly locks: PathLocks;
  readonly stateDir: string;
  /** What it keeps there of this target for a restart; absent: nothing. */
  readonly proof?: TargetProof | undefined;
  /** What is still being written, and not yet in the log. */
  readonly heldBack: () => Pick<Settler, 'heldCount' | 'oldestHeldAt' | 'holds'>;
  /** Compares both sides besides; absent: nobody does. */
  readonly verifying?: Pick<Verifying, 'start' | 'update' | 'onBatch' | 'status' | 'stop'>;
  /** So old a change may be that nobody has told of yet, ms. */
  readonly unseenMs: () => number;
  /** Resolves when it would be told if one of these names of the source went. */
  readonly untilSeen: (paths: readonly RelPath[]) => Promise<void>;
  /** What of the source is not watched, in a sentence; undefined when all of it is. */
  readonly notWatched: () => string | undefined;
  /** What is said of the source where it is a copy itself. */
  readonly upstream?: Upstream;
  readonly metrics: ReplicaMetrics;
  readonly logger: Logger;
  /** Wants to know what arrives; absent: nobody does. */
  readonly observer?: ArrivalObserver;
}

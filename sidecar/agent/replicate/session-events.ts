import type { FailureReason, HeldDeletes } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import type { RunResult } from '../rsync/run.ts';
import type { PlannedRun } from '../send/plan-runs.ts';

/** Why a session is over. `configuration` is retried slowly: a person has to change something. */
export interface SessionEnd {
  readonly kind: 'again' | 'configuration' | 'stopped';
  readonly reason: FailureReason;
  readonly message: string;
}

/** What a session tells its replicator. */
export interface SessionEvents {
  onRun(result: RunResult, run: PlannedRun): void;
  onBatch(batch: PendingBatch, renamed: number): void;
  onHeld(held: HeldDeletes | null): void;
  onSubtrees(paths: readonly RelPath[], batch: PendingBatch): void;
  /** Directories whose own attributes have to be sent once more. */
  onDoubtful(directories: readonly RelPath[]): void;
  onPartial(message: string): void;
  /** Deletions were not made because the source is empty or gone. */
  onWithheld(): void;
  /** The lease was renewed. */
  onRenewed(): void;
}

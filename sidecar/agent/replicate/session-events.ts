import type { FailureReason, HeldDeletes } from '../../protocol/agent-status.ts';
import type { RelPath, RescanReason } from '../changes/change.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import type { RunResult } from '../rsync/run.ts';

/** Why a session is over. `configuration` is retried slowly: a person has to change something. */
export interface SessionEnd {
  readonly kind: 'again' | 'configuration' | 'stopped';
  readonly reason: FailureReason;
  readonly message: string;
}

/** What a session tells its replicator. */
export interface SessionEvents {
  onRun(result: RunResult, trigger: 'change' | 'pass'): void;
  onBatch(batch: PendingBatch, renamed: number): void;
  onHeld(held: HeldDeletes | null): void;
  /** So many names were deleted; `isKept`: the target keeps them as a mass. */
  onDeleted(count: number, isKept: boolean): void;
  onPassStarted(reason: RescanReason): void;
  /** `whole`: of everything, which had so many entries. `provenSince`: it did not have to be compared since then (ms since 1970). */
  onPassDone(whole: boolean, entries: number, provenSince?: number | null): void;
  /** A comparison is about to bring these over. */
  onPassWork(operation: 'Write' | 'Delete', paths: readonly RelPath[]): void;
  /** All that was known is done. */
  onIdle(): void;
  /** The lease was renewed. */
  onRenewed(): void;
  /** What it had under way came to an end only after it had ended itself, and may be owed again: to its successor. */
  onLeftOver(): void;
}

import type { SyncSettings } from '../../../src/api/replication-settings.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';

export interface DeleteQuestion {
  readonly guard: SyncSettings['deleteGuard'];
  /** Entries that the pass would delete. */
  readonly deletions: number;
  /** Entries that the target holds now. */
  readonly targetEntries: number;
  readonly sourceEmpty: boolean;
  readonly sourceReplaced: boolean;
  /** How many deletions a person has released, 0 for none. */
  readonly released: number;
}

export type DeleteVerdict = { readonly kind: 'go' } | { readonly kind: 'hold'; readonly reason: HeldDeletes['reason'] };

/** Judges the deletions of one full pass before any is made: a release covers what was shown, not more. */
export function judgeDeletes(question: DeleteQuestion): DeleteVerdict {
  const { deletions, guard } = question;
  if (deletions === 0 || deletions <= question.released) return { kind: 'go' };
  if (question.sourceEmpty) return { kind: 'hold', reason: 'SourceEmpty' };
  if (question.sourceReplaced) return { kind: 'hold', reason: 'SourceReplaced' };
  const tooMany = deletions >= guard.minFiles && deletions * 100 > guard.maxPercent * question.targetEntries;
  return tooMany ? { kind: 'hold', reason: 'TooMany' } : { kind: 'go' };
}

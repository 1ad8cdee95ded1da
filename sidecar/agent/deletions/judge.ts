import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';

/** Some deletions that could be made now, and all that counts for whether they are. Counts are entries. */
export interface DeletionQuestion {
  /** `announced`: the kernel told of each. `found`: a pass misses them at the source. */
  readonly cause: 'announced' | 'found';
  readonly guard: Pick<SyncSettings['deleteGuard'], 'maxPercent' | 'minFiles'>;
  readonly root: 'same' | 'lost' | 'replaced';
  /** It was replaced before this comparison, so that what is missing went with the old one. */
  readonly sourceReplaced: boolean;
  readonly sourceEmpty: boolean;
  readonly count: number;
  /** Announced ones within the last minute, these included. */
  readonly lately: number;
  /** What the whole replica held before, never a part of it; 0 while nobody has counted. */
  readonly whole: number;
  /** Whether the target can keep what it takes away. */
  readonly canKeep: boolean;
  /** How many a person has released, 0 for none. */
  readonly released: number;
  /** Why deletions are held already, and a person was asked; undefined if none are. */
  readonly asked: HeldDeletes['reason'] | undefined;
}

/** `keep`: made, and what is taken away can be put back. `hold`: not made until a person says so, or the reason is gone. */
export type Verdict =
  | { readonly kind: 'go' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'hold'; readonly reason: HeldDeletes['reason'] };

interface Check {
  readonly name: string;
  readonly judge: (question: DeletionQuestion) => Verdict | undefined;
}

const go: Verdict = { kind: 'go' };
const hold = (reason: HeldDeletes['reason']): Verdict => ({ kind: 'hold', reason });

const isMass = (count: number, { guard, whole }: DeletionQuestion): boolean =>
  count >= guard.minFiles && count * 100 > guard.maxPercent * whole;

const isReplaced = ({ root, sourceReplaced }: DeletionQuestion): boolean => root === 'replaced' || sourceReplaced;

/** In this order; the first that says something decides. */
export const checks: readonly Check[] = [
  { name: 'nothing to delete', judge: ({ count }) => (count === 0 ? go : undefined) },
  { name: 'root gone', judge: ({ root }) => (root === 'lost' ? hold('SourceReplaced') : undefined) },
  {
    name: 'released',
    // A person who let others go was not told that the root is another one.
    judge: (question) =>
      question.count <= question.released && (!isReplaced(question) || question.asked === 'SourceReplaced')
        ? go
        : undefined,
  },
  {
    name: 'root replaced',
    judge: (question) => (isReplaced(question) ? hold('SourceReplaced') : undefined),
  },
  {
    name: 'announced',
    judge: (question) => {
      if (question.cause !== 'announced') return undefined;
      if (!isMass(question.lately, question)) return go;
      return question.canKeep ? { kind: 'keep' } : hold('TooMany');
    },
  },
  {
    name: 'asked before',
    judge: ({ asked, count, guard }) => {
      if (asked === 'Undeleted') return hold(asked);
      return asked === 'TooMany' && count >= guard.minFiles ? hold(asked) : undefined;
    },
  },
  { name: 'source empty', judge: ({ sourceEmpty }) => (sourceEmpty ? hold('SourceEmpty') : undefined) },
  { name: 'share of the whole', judge: (question) => (isMass(question.count, question) ? hold('TooMany') : undefined) },
];

/** Whether deletions are made, kept or held. Pure. */
export function judgeDeletions(question: DeletionQuestion): Verdict {
  for (const { judge } of checks) {
    const verdict = judge(question);
    if (verdict !== undefined) return verdict;
  }
  return go;
}

import { randomUUID } from 'node:crypto';
import type { HeldDeletes } from '../../../protocol/agent-status.ts';
import type { RelPath } from '../../changes/change.ts';
import { escapeName } from '../../rsync/itemize.ts';

/**
 * The one hold there is, grown by what is to be held now. It keeps its id, unless a person released that (`released`) and
 * more has come since: that needs another word. `now` is the wall clock, ms.
 */
export function growHeld(
  before: HeldDeletes | null,
  { reason, count, paths }: Pick<HeldDeletes, 'reason' | 'count'> & { readonly paths: readonly RelPath[] },
  released: string | undefined,
  now: number,
): HeldDeletes {
  const isUsedUp = before !== null && before.id === released;
  return {
    id: before === null || isUsedUp ? randomUUID().slice(0, 8) : before.id,
    reason,
    count,
    samples: paths.slice(0, 10).map(escapeName),
    since: before?.since ?? now,
  };
}

/** What is held before `count` entries are put back: these beside what is held, under an id that nobody has let go. */
export function growByPutBack(before: HeldDeletes | null, count: number, now: number): HeldDeletes {
  // That another directory stands in the source's place stays so.
  const reason = before?.reason === 'SourceReplaced' ? before.reason : 'Undeleted';
  return growHeld(before, { reason, count: (before?.count ?? 0) + count, paths: [] }, before?.id, now);
}

/** What is held once `restored` entries are back, of those that were `meant` to be beside what was held `before`. */
export function lowerToPutBack(before: HeldDeletes | null, meant: HeldDeletes, restored: number): HeldDeletes | null {
  const count = (before?.count ?? 0) + restored;
  return count === 0 ? null : { ...meant, count };
}

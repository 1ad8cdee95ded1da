import { randomUUID } from 'node:crypto';
import type { HeldDeletes } from '../../protocol/agent-status.ts';
import type { RelPath } from '../changes/change.ts';
import { escapeName } from '../rsync/itemize.ts';

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

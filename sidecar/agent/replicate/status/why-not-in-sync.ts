import type { NotInSync } from '../../../protocol/agent-status.ts';
import type { ReplicatorOptions } from '../replicator-options.ts';
import type { Backlog } from '../work/backlog.ts';
import { judgeInSync } from './in-sync.ts';
import type { ReplicaRecord } from './replica-record.ts';

/** Age of the oldest change that is known and not on the target, ms; 0 if there is none. */
/** Before it all is on the target (monotonic, ms), also what is held back, and what nobody may have told of yet. */
export function coveredUntil(
  { clock, heldBack, unseenMs }: Pick<ReplicatorOptions, 'clock' | 'heldBack' | 'unseenMs'>,
  backlog: Backlog,
): number {
  const { oldestHeldAt = Number.POSITIVE_INFINITY } = heldBack();
  return Math.min(backlog.coveredUntil, oldestHeldAt, clock.monotonic() - unseenMs());
}

export function lagOf({ clock, heldBack }: Pick<ReplicatorOptions, 'clock' | 'heldBack'>, backlog: Backlog): number {
  const now = clock.monotonic();
  return now - Math.min(backlog.oldestAt ?? now, heldBack().oldestHeldAt ?? now);
}

/** Why a replica is not in sync, as its parts stand now; null when it is. */
export function whyNotInSync(
  { clock, notWatched, unseenMs, upstream }: Pick<ReplicatorOptions, 'clock' | 'notWatched' | 'unseenMs' | 'upstream'>,
  { owed, unacknowledged, owesFound }: Backlog,
  record: ReplicaRecord,
  figures: { readonly maxLagMs: number; readonly lagMs: number; readonly differences: number },
): NotInSync | null {
  const now = clock.monotonic();
  return judgeInSync({
    ...figures,
    link: record.link,
    promoted: record.lastError?.reason === 'Promoted',
    initialPassDone: record.initialPassDone,
    owesFound,
    unacknowledgedMs: now - (unacknowledged.oldestSince ?? now),
    notWatched: notWatched(),
    unseenMs: unseenMs(),
    heldDeletes: record.held?.count ?? 0,
    refused: owed.count('refused', 'unseen'),
    unreadable: owed.count('unreadable'),
    upstreamMs: upstream?.ageMs(),
  });
}

import type { TargetSettings } from '../../../src/api/settings/replication-settings.ts';
import type { VolumeStatus } from '../../protocol/control.ts';
import { readNote } from '../link/notes/agent-note.ts';

/** A target and what it says of itself; null for a plain rsync daemon, which says nothing. */
export interface RestoreCandidate {
  readonly target: TargetSettings;
  readonly status: VolumeStatus | null;
}

export type RestoreChoice =
  /** In this order, until one has data. `coveredAt`: all that happened at the source until then is there (ms). */
  | { readonly kind: 'try'; readonly candidates: readonly (RestoreCandidate & { readonly coveredAt: number | null })[] }
  | { readonly kind: 'ambiguous'; readonly message: string };

/**
 * Which target to fill an empty source from: the one that covers the most recent time; a plain daemon only where no
 * receiver has data. Where receivers hold the data of different sources nobody but a person knows which one counts.
 */
export const chooseRestore = (candidates: readonly RestoreCandidate[]): RestoreChoice => {
  const filled = candidates
    .filter(({ status }) => status !== null && !status.empty)
    .map((candidate) => ({ ...candidate, coveredAt: readNote(candidate.status?.note ?? null)?.coveredAt ?? null }))
    .sort((a, b) => (b.coveredAt ?? 0) - (a.coveredAt ?? 0));
  const lineages = new Set(filled.map(({ status }) => status?.lineage?.id).filter((id) => id !== undefined));
  if (lineages.size > 1) return { kind: 'ambiguous', message: describe(filled) };
  if (filled.length > 0) return { kind: 'try', candidates: filled };
  const daemons = candidates.filter(({ status }) => status === null);
  return { kind: 'try', candidates: daemons.map((candidate) => ({ ...candidate, coveredAt: null })) };
};

const describe = (filled: readonly (RestoreCandidate & { readonly coveredAt: number | null })[]): string => {
  const each = filled.map(({ target, status, coveredAt }) => {
    const until = coveredAt === null ? 'never complete' : `up to ${new Date(coveredAt).toISOString()}`;
    return `${target.name} holds ${status?.lineage?.id ?? 'what nobody named'} (${until})`;
  });
  return `restore source: its targets hold the data of different sources: ${each.join(', ')}; leave only the one that counts among the targets`;
};

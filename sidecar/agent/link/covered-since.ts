import type { Boot } from '../source/boot.ts';
import type { AgentNote } from './agent-note.ts';

/**
 * Until when a note says that the target has the source, or that nothing was sent yet, by the clock as it is set here and now:
 * what happened after it may bear an earlier time, where the clock was set back since. Under another kernel that shows only where the note lies in the future; then all that
 * happened since this kernel began is doubtful. Pure.
 */
export const coveredSince = (note: AgentNote, here: Boot & { readonly now: number }): number | null => {
  const { coveredAt, begunAt, boot } = note;
  const at = coveredAt ?? begunAt;
  if (at === undefined) return null;
  if (boot !== undefined && boot.id !== '' && boot.id === here.id)
    return at + Math.min(0, here.startedAt - boot.startedAt);
  return at <= here.now ? at : Math.min(here.now, here.startedAt);
};

/**
 * What a writer before us had not sent when it went may be so old, ms: what it knew went with it, where the target keeps no note of it and
 * its pod is another one.
 */
const forgottenMs = 3_600_000;

/** What writers before us have covered, which counts until we have covered everything ourselves. */
export class EarlierCover {
  /** Until when (ms, by times of files) they have covered everything, or had sent nothing; null where there was none. */
  before: number | null = null;
  /** What our own note says of that. */
  noted: Pick<AgentNote, 'coveredAt' | 'begunAt'> = { coveredAt: null };
  /** Nobody has said it. */
  isUnsaid = true;

  /** Takes in what the last writer left; without a note we are the first to begin, unless `forgets`: the target keeps none. */
  read(note: AgentNote | undefined, here: Boot & { readonly now: number }, forgets: boolean): void {
    const said = note === undefined ? null : coveredSince(note, here);
    this.isUnsaid = said === null;
    this.before = said ?? (forgets ? here.now - forgottenMs : null);
    const isCovered = note !== undefined && note.coveredAt !== null;
    this.noted = isCovered ? { coveredAt: said } : { coveredAt: null, begunAt: this.before ?? here.now };
  }
}

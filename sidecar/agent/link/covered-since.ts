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

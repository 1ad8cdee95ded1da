import type { Clock } from '../../../../src/process/clock.ts';
import type { WallTimes } from '../../changes/wall-times.ts';
import type { Boot } from '../../source/boot.ts';
import type { SourceView } from '../../source/source-view.ts';
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

interface EarlierEdges {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly source: Pick<SourceView, 'boot'>;
  readonly wall: Pick<WallTimes, 'earliest'>;
}

type Cover = Pick<AgentNote, 'coveredAt' | 'begunAt'>;

/** What writers before us have covered, or we while the source was watched last: it counts until we have covered everything since. */
export class EarlierCover {
  /** Until when (ms, by times of files) they have covered everything, or had sent nothing; null where there was none. */
  get before(): number | null {
    return this.#before();
  }

  /** Nobody has said it. */
  isUnsaid = true;
  #before = (): number | null => null;
  #noted = (): Cover => ({ coveredAt: null });

  /** What our own note says of that, by the clock as far back as it was set since: so early is what we may have sent. */
  get noted(): Cover {
    return this.#noted();
  }

  /** Takes in what the last writer left; without a note we are the first to begin, unless `forgets`: the target keeps none. */
  read(note: AgentNote | undefined, { clock, source, wall }: EarlierEdges, forgets: boolean): void {
    const [now, readAt] = [clock.now(), clock.monotonic()];
    const said = note === undefined ? null : coveredSince(note, { ...source.boot(), now });
    this.isUnsaid = said === null;
    const before = said ?? (forgets ? now - forgottenMs : null);
    this.#before = () => before;
    const isCovered = note !== undefined && note.coveredAt !== null;
    const since = before ?? now;
    this.#noted = () => {
      const at = since + Math.min(0, wall.earliest(readAt) - now);
      return isCovered ? { coveredAt: at } : { coveredAt: null, begunAt: at };
    };
  }

  /** All that happened before `at` (monotonic, ms) is covered; of what came then nobody knows of which directory it was told. */
  keep(at: number, wall: Pick<WallTimes, 'earliest'>): void {
    this.#before = () => wall.earliest(at);
    this.#noted = () => ({ coveredAt: wall.earliest(at) });
  }
}

import type { RelPath } from '../../changes/change.ts';
import { isAtOrBelow, parentOf, rebasePath } from '../../changes/paths.ts';
import { escapeName } from '../../rsync/itemize.ts';

/**
 * Why an entry is not as it should be at the target although it was tried.
 * - `special`: can't be copied by its nature (a socket, or a device that is not asked for), or is left out for its size. Nothing is owed.
 * - `unreadable`: the source doesn't let us read it.
 * - `refused`: the target doesn't take it.
 * - `unseen`: the target doesn't let a comparison see what it has there.
 * - `changing`: it was changed while it was read, and no event may come for it.
 */
export type OwedWhy = 'special' | 'unreadable' | 'refused' | 'unseen' | 'changing';

/** The change that an entry is owed for: its sequence, and when it was read (monotonic, ms). */
export interface OwedAge {
  readonly sequence: number;
  readonly at: number;
}

export interface OwedEntry extends OwedAge {
  readonly path: RelPath;
  readonly why: OwedWhy;
  readonly text: string;
  readonly tries: number;
  /** When it is tried again, monotonic ms; Infinity when only a change can help. */
  readonly dueAt: number;
}

const maxKept = 10_000;
const firstPauseMs: Readonly<Record<Exclude<OwedWhy, 'special'>, number>> = {
  unreadable: 1_000,
  refused: 200,
  unseen: 1_000,
  changing: 1_000,
};
const longestPauseMs = 300_000;
/** What is under way tells how it ended; should nobody hear it, it is tried once more. */
const answerMs = 60_000;

/** The pause before the next try: doubled each time, as nobody tells when it would go; of what changes it stays the same. */
export function pauseBefore(why: OwedWhy, tries: number): number {
  if (why === 'special') return Number.POSITIVE_INFINITY;
  const doublings = why === 'changing' ? 0 : Math.min(tries, 20);
  return Math.min(longestPauseMs, firstPauseMs[why] * 2 ** doublings);
}

/**
 * What was tried and is not on the target: tried again with growing pauses until it arrives or is gone, never given up.
 * Bounded: what has no room is counted, and a pass is asked for when there is room again; of what can't be copied, where nothing
 * is owed, as many are kept besides.
 */
export class OwedEntries {
  readonly #entries = new Map<RelPath, OwedEntry>();
  readonly #special = new Set<RelPath>();
  #overflowed = 0;
  #nextDueAt: number | undefined;

  owe(path: RelPath, why: OwedWhy, text: string, age: OwedAge, now: number): void {
    const known = this.#entries.get(path);
    const isSpecial = why === 'special';
    if (known === undefined && (isSpecial ? this.#special.size : this.#lacking) >= maxKept) {
      if (!isSpecial) this.#overflowed += 1;
      return;
    }
    if (isSpecial) this.#special.add(path);
    else this.#special.delete(path);
    const tries = known?.why === why ? known.tries + 1 : 0;
    this.#entries.set(path, {
      path,
      why,
      text,
      tries,
      sequence: Math.min(age.sequence, known?.sequence ?? age.sequence),
      at: Math.min(age.at, known?.at ?? age.at),
      dueAt: now + pauseBefore(why, tries),
    });
    this.#nextDueAt = undefined;
  }

  /** It is on the target, or is no more. */
  settle(path: RelPath): void {
    if (this.#entries.size === 0 || !this.#entries.delete(path)) return;
    this.#special.delete(path);
    this.#nextDueAt = undefined;
  }

  /** The same for all that is at or below names that are gone, or that were sent with all below them, but for `others`. */
  settleBelow(gone: ReadonlySet<RelPath>, others: ReadonlySet<RelPath> = new Set()): void {
    for (const path of this.#entries.keys()) {
      if (others.has(path)) continue;
      for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
        if (!gone.has(at)) continue;
        this.settle(path);
        break;
      }
    }
  }

  /** What is owed at and below a name is owed under another from now on. */
  rename(from: RelPath, to: RelPath): void {
    for (const [path, entry] of [...this.#entries]) {
      if (!isAtOrBelow(path, from)) continue;
      const renamed = rebasePath(path, from, to);
      this.settle(path);
      this.#entries.set(renamed, { ...entry, path: renamed });
      if (entry.why === 'special') this.#special.add(renamed);
      else this.#special.delete(renamed);
    }
  }

  /** Whether the target lacks it for now, or has another version. */
  lacks(path: RelPath): boolean {
    const entry = this.#entries.get(path);
    return entry !== undefined && entry.why !== 'special';
  }

  /** How often it could not be read since the first time, here or at the target; undefined where it is no such. */
  unreadTries(path: RelPath): number | undefined {
    const entry = this.#entries.get(path);
    return entry?.why === 'unreadable' || entry?.why === 'unseen' ? entry.tries : undefined;
  }

  /** It may be tried at once; but what costs a comparison to try no more than once. */
  hurry(path: RelPath, now: number): void {
    const entry = this.#entries.get(path);
    if (entry === undefined || (entry.why === 'unseen' && entry.tries > 0)) return;
    this.#entries.set(path, { ...entry, dueAt: now });
    this.#nextDueAt = undefined;
  }

  has(path: RelPath): boolean {
    return this.#entries.has(path);
  }

  /** Whether something right in a directory is owed, which will give that another time. */
  hasIn(directory: RelPath): boolean {
    for (const { path } of this.owed()) if (path !== '' && parentOf(path) === directory) return true;
    return false;
  }

  /** When the next is due, monotonic ms; Infinity if none is. */
  get nextDueAt(): number {
    if (this.#nextDueAt === undefined) {
      let next = Number.POSITIVE_INFINITY;
      for (const { dueAt } of this.#entries.values()) next = Math.min(next, dueAt);
      this.#nextDueAt = next;
    }
    return this.#nextDueAt;
  }

  /** Hands over those that are due; they stay owed until they are settled or owed anew. */
  takeDue(now: number): OwedEntry[] {
    if (this.nextDueAt > now) return [];
    const due = [...this.#entries.values()].filter(({ dueAt }) => dueAt <= now);
    for (const entry of due) this.#entries.set(entry.path, { ...entry, dueAt: now + answerMs });
    this.#nextDueAt = undefined;
    return due;
  }

  /** Whether entries had no room, and there is room again; then they are forgotten here. */
  takeOverflow(): boolean {
    if (this.#overflowed === 0 || this.#lacking > maxKept / 2) return false;
    this.#overflowed = 0;
    return true;
  }

  get #lacking(): number {
    return this.#entries.size - this.#special.size;
  }

  /** Those that a target lacks for now: everything but what can't be copied by its nature. */
  *owed(): Generator<OwedEntry> {
    for (const entry of this.#entries.values()) if (entry.why !== 'special') yield entry;
  }

  count(...whys: readonly OwedWhy[]): number {
    let count = whys.includes('special') ? 0 : this.#overflowed;
    for (const { why } of this.#entries.values()) if (whys.includes(why)) count += 1;
    return count;
  }

  get paths(): RelPath[] {
    return [...this.#entries.keys()];
  }

  /** What a person may want to do something about: how many, and up to 10, printable: `path (why)`; what can be mended first. */
  describe(): { readonly count: number; readonly special: number; readonly samples: readonly string[] } {
    const all = [...this.#entries.values()];
    const special = all.filter(({ why }) => why === 'special');
    const shown = [...all.filter(({ why }) => why !== 'changing' && why !== 'special'), ...special];
    return {
      count: shown.length + this.#overflowed,
      special: special.length,
      samples: shown.slice(0, 10).map(({ path, text }) => `${escapeName(path) || '.'} (${text})`),
    };
  }
}

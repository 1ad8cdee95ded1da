import type { RelPath } from '../changes/change.ts';
import { escapeName } from '../rsync/itemize.ts';

const maxKept = 10_000;

/** Entries that can't be copied now: counted, a few of them shown, tried again when they change or at the next full pass. */
export class SkippedEntries {
  readonly #why = new Map<RelPath, string>();

  add(path: RelPath, why: string): void {
    if (this.#why.size < maxKept || this.#why.has(path)) this.#why.set(path, why);
  }

  remove(path: RelPath): void {
    if (this.#why.size > 0) this.#why.delete(path);
  }

  /** Forgets what is at or below names that are gone. */
  removeBelow(gone: ReadonlySet<RelPath>): void {
    for (const path of this.#why.keys()) {
      for (let at = path; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
        if (!gone.has(at)) continue;
        this.#why.delete(path);
        break;
      }
    }
  }

  has(path: RelPath): boolean {
    return this.#why.has(path);
  }

  get paths(): RelPath[] {
    return [...this.#why.keys()];
  }

  get count(): number {
    return this.#why.size;
  }

  /** Up to 10, printable: `path (why)`. */
  get samples(): string[] {
    return [...this.#why].slice(0, 10).map(([path, why]) => `${escapeName(path)} (${why})`);
  }
}

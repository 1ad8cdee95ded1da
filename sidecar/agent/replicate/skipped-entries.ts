import type { RelPath } from '../change.ts';
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

  clear(): void {
    this.#why.clear();
  }

  get count(): number {
    return this.#why.size;
  }

  /** Up to 10, printable: `path (why)`. */
  get samples(): string[] {
    return [...this.#why].slice(0, 10).map(([path, why]) => `${escapeName(path)} (${why})`);
  }
}

import type { RelPath } from '../changes/change.ts';
import { isAtOrBelow, parentOf } from '../changes/paths.ts';

/** A topmost path that only the target has, and how many entries would go with it, itself included. */
export interface FoundDeletion {
  readonly path: RelPath;
  readonly entries: number;
}

const maxKept = 50_000;

/**
 * What a comparison misses at the source: all are counted, the topmost kept by name, up to a bound; the rest is found by the
 * next pass.
 */
export class FoundDeletions {
  readonly #topmost: FoundDeletion[] = [];
  /** Directories in which something is missing at the source. */
  readonly #parents = new Set<RelPath>();
  /** Of the last that was found, kept or not. */
  #lastParent: RelPath | undefined;
  #dropped = 0;

  /** rsync names what is in a directory before the directory. */
  add(path: RelPath): void {
    const below = `${path}/`;
    let entries = 1;
    while (this.#topmost.at(-1)?.path.startsWith(below)) entries += this.#topmost.pop()?.entries ?? 0;
    this.#lastParent = parentOf(path);
    if (this.#topmost.length < maxKept) {
      this.#topmost.push({ path, entries });
      this.#parents.add(this.#lastParent);
    } else this.#dropped += entries;
  }

  /**
   * Whether something is missing in it; of what is no directory at the source: whether a directory would make way for it. What is in
   * that is named right before it, so that this is known of any number of them.
   */
  isIn(path: RelPath): boolean {
    return path === this.#lastParent || this.#parents.has(path);
  }

  /** There are more than are kept. */
  get isCut(): boolean {
    return this.#dropped > 0;
  }

  /** Entries that are counted only. */
  get dropped(): number {
    return this.#dropped;
  }

  /** But for all at and below the given paths. */
  without(tops: readonly RelPath[]): readonly FoundDeletion[] {
    if (tops.includes('')) return [];
    return tops.length === 0
      ? this.#topmost
      : this.#topmost.filter(({ path }) => !tops.some((top) => isAtOrBelow(path, top)));
  }
}

import type { RelPath } from '../../changes/change.ts';

/** Work that goes on without a break is looked after all the same, this often. */
const longestMs = 30_000;
const calmMs = 1_000;
/** Beyond it a look at everything is cheaper. */
const mostKept = 2_000;

/** Directories in which work has ended and that have not been looked into since. Bounded: all of the source stands for too many. */
export class Touched {
  #directories = new Set<RelPath>();
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = Number.POSITIVE_INFINITY;

  /** `now`: monotonic, ms. */
  note(directories: Iterable<RelPath>, now: number): void {
    for (const directory of directories) {
      this.#firstAt = Math.min(this.#firstAt, now);
      this.#lastAt = now;
      if (this.#directories.size <= mostKept) this.#directories.add(directory);
    }
  }

  /** When they are to be looked into, monotonic, ms; Infinity if there are none. */
  get dueAt(): number {
    return Math.min(this.#firstAt + longestMs, this.#lastAt + calmMs);
  }

  take(): readonly RelPath[] | 'all' {
    const taken = [...this.#directories];
    this.#directories = new Set();
    this.#firstAt = Number.POSITIVE_INFINITY;
    this.#lastAt = Number.POSITIVE_INFINITY;
    return taken.length > mostKept ? 'all' : taken;
  }
}

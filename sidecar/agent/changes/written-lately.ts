import type { RelPath } from './change.ts';

/** What was written under a name so short before it went may not have been sent under it: on a busy machine work waits. */
const writtenMs = 1_000;

/** Names under which a file was written, or its attributes set, a moment ago. Times are monotonic, ms. */
export class WrittenLately {
  readonly #names = new Map<RelPath, number>();

  note(path: RelPath, now: number): void {
    this.#names.delete(path);
    this.#names.set(path, now);
    for (const [old, at] of this.#names) {
      if (now - at < writtenMs) break;
      this.#names.delete(old);
    }
  }

  has(path: RelPath, now: number): boolean {
    return now - (this.#names.get(path) ?? Number.NEGATIVE_INFINITY) < writtenMs;
  }
}

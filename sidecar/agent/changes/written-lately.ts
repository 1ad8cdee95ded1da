import type { RelPath } from './change.ts';

/** What was written under a name so short before it went may not have been sent under it: on a busy machine work waits. */
const writtenMs = 1_000;
/** More are not kept: what was written first is left to the slow look at all files. */
const maxNames = 10_000;

/** Names under which a file was written, or its attributes set, a moment ago or since all was sent. Times are monotonic, ms. */
export class WrittenLately {
  readonly #names = new Map<RelPath, number>();
  readonly #unsentSince: () => number;
  #unsent = Number.POSITIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;

  /** `unsentSince` answers when the oldest change was read that some target has not; infinite where all have all. Asked once in a while. */
  constructor(unsentSince: () => number = () => Number.POSITIVE_INFINITY) {
    this.#unsentSince = unsentSince;
  }

  note(path: RelPath, now: number): void {
    this.#names.delete(path);
    this.#names.set(path, now);
    for (const [old, at] of this.#names) {
      if (this.#counts(at, now) && this.#names.size <= maxNames) break;
      this.#names.delete(old);
    }
  }

  has(path: RelPath, now: number): boolean {
    const at = this.#names.get(path);
    return at !== undefined && this.#counts(at, now);
  }

  #counts(at: number, now: number): boolean {
    if (now - at < writtenMs) return true;
    if (now - this.#askedAt >= writtenMs) {
      this.#askedAt = now;
      this.#unsent = this.#unsentSince();
    }
    return at >= this.#unsent;
  }
}

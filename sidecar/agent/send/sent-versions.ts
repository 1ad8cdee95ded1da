import type { RelPath } from '../changes/change.ts';

/** A change within the same tick of the file system's clock leaves the change time as it is. */
const tickMs = 20;

/**
 * Remembers of the files sent last which version was sent, so that a pass after lost events needn't send it again.
 * A version is the inode's change time (ms since 1970), looked up before the content was read: while it is the same, so
 * is the content. Bounded: the newest `capacity` to twice as many names.
 */
export class SentVersions {
  readonly #capacity: number;
  #young = new Map<RelPath, number>();
  #old = new Map<RelPath, number>();

  constructor(capacity = 8_192) {
    this.#capacity = capacity;
  }

  /** `lookedAt` is when `changedAt` was read, ms: what had just changed may change again unseen, and is not noted. */
  note(path: RelPath, changedAt: number, lookedAt: number): void {
    if (lookedAt - changedAt < tickMs) {
      this.#young.delete(path);
      this.#old.delete(path);
      return;
    }
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(path, changedAt);
  }

  has(path: RelPath, changedAt: number): boolean {
    return (this.#young.get(path) ?? this.#old.get(path)) === changedAt;
  }
}

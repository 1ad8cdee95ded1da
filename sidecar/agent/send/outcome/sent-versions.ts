import type { RelPath } from '../../changes/change.ts';
import { RecentNames } from '../names/recent-names.ts';

/** A change within the same tick of the file system's clock leaves the change time as it is. */
const tickMs = 20;

/**
 * Remembers of the files sent last which version was sent, so that a pass after lost events needn't send it again.
 * A version is the inode's change time (ms since 1970), looked up before the content was read: while it is the same, so
 * is the content.
 */
export class SentVersions {
  readonly #changedAt: RecentNames<number>;

  constructor(capacity?: number) {
    this.#changedAt = new RecentNames(capacity);
  }

  /** `lookedAt` is when `changedAt` was read, ms: what had just changed may change again unseen, and is not noted. */
  note(path: RelPath, changedAt: number, lookedAt: number): void {
    if (lookedAt - changedAt < tickMs) this.#changedAt.delete(path);
    else this.#changedAt.set(path, changedAt);
  }

  has(path: RelPath, changedAt: number): boolean {
    return this.#changedAt.get(path) === changedAt;
  }
}

import type { RelPath } from '../../changes/change.ts';

/** The two renames as which an exchange of names comes are read one right after the other. */
const togetherMs = 1_000;

export interface RecentMove {
  readonly isDirectory: boolean;
  /** A directory that we knew had the new name: so it was empty, or the two were exchanged. */
  readonly overDirectory: boolean;
}

/**
 * Remembers renames for a moment: renameat2(RENAME_EXCHANGE) comes as a rename there and a rename back, and of files
 * no event says whether it was that, or one file that went there and back.
 */
export class RecentMoves {
  readonly #moves = new Map<string, RecentMove & { readonly at: number }>();
  readonly #monotonic: () => number;

  constructor(monotonic: () => number = () => performance.now()) {
    this.#monotonic = monotonic;
  }

  note(from: RelPath, to: RelPath, move: RecentMove): void {
    const now = this.#monotonic();
    for (const [key, { at }] of this.#moves) {
      if (now - at <= togetherMs) break;
      this.#moves.delete(key);
    }
    const key = `${from}\0${to}`;
    this.#moves.delete(key);
    this.#moves.set(key, { ...move, at: now });
  }

  /** Takes the rename that this one undoes, if it may have been the first half of an exchange. */
  takeFirstHalf(from: RelPath, to: RelPath, isDirectory: boolean): RecentMove | undefined {
    const key = `${to}\0${from}`;
    const first = this.#moves.get(key);
    if (first === undefined || this.#monotonic() - first.at > togetherMs) return undefined;
    if (first.isDirectory && isDirectory && !first.overDirectory) return undefined;
    this.#moves.delete(key);
    return first;
  }
}

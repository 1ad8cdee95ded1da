import type { RelPath } from './change.ts';

const mostNames = 1_000;
const longestRestMs = 60_000;

/** Names that were gone when something written under them was to be sent, and how long nothing more is said of them. Times are monotonic, ms. */
export class StrayNames {
  readonly #names = new Map<RelPath, { readonly restMs: number; readonly until: number }>();
  readonly #firstRestMs: number;

  /** Each rest is twice as long as the one before, of which the first would have been `restMs`. */
  constructor(restMs: number) {
    this.#firstRestMs = restMs;
  }

  /** Whether nothing more is said of it now. */
  isToldOf(path: RelPath, now: number): boolean {
    const known = this.#names.get(path);
    return known !== undefined && now < known.until;
  }

  told(path: RelPath, now: number): void {
    const before = this.#names.get(path)?.restMs ?? this.#firstRestMs;
    if (this.#names.size >= mostNames) this.#names.clear();
    const restMs = Math.min(longestRestMs, 2 * before);
    this.#names.set(path, { restMs, until: now + restMs });
  }

  isThere(path: RelPath): void {
    this.#names.delete(path);
  }

  /** Any of them may be there. */
  clear(): void {
    this.#names.clear();
  }
}

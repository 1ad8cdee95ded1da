/** Who may have receivers replaced now: an upgrade of the operator concerns every SyncReplica at once. */
export interface Turns {
  /** Takes a turn, or waits for one. */
  take(key: string): boolean;
  /** Has something ended: whoever waited and may try again. */
  next(): readonly string[];
}

export interface TurnsOptions {
  /** Keys whose receivers are being replaced, as far as is seen. */
  readonly busy: () => Iterable<string>;
  /** How many at a time. */
  readonly width: () => number;
  /** Monotonic, ms. */
  readonly now: () => number;
}

/** What was begun is seen to go on within so long, ms. */
const unseenMs = 10_000;

/** When to look again, ms: what was begun and is never seen to go on gives its turn back by the clock, which nothing else tells of. Pure. */
export const lookAfterMs = (otherwiseMs: number, hasBegun: boolean): number =>
  hasBegun ? Math.min(otherwiseMs, unseenMs + 1) : otherwiseMs;

export const createTurns = ({ busy, width, now }: TurnsOptions): Turns => {
  const begun = new Map<string, number>();
  const waiting = new Set<string>();
  const free = (): number => {
    const seen = new Set(busy());
    for (const [key, at] of begun) if (seen.has(key) || now() - at > unseenMs) begun.delete(key);
    return width() - seen.size - begun.size;
  };
  return {
    take(key) {
      if (free() <= 0) {
        waiting.add(key);
        return false;
      }
      waiting.delete(key);
      begun.set(key, now());
      return true;
    },
    next() {
      const chosen = [...waiting].slice(0, Math.max(0, free()));
      for (const key of chosen) waiting.delete(key);
      return chosen;
    },
  };
};

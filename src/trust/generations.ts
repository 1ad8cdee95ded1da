/** One of several successive secrets: an authority, or a user and password. Times are wall clock, ms since 1970. */
export interface Generation {
  readonly createdAtMs: number;
  /** When it stops being valid by itself; Infinity where it doesn't. */
  readonly expiresAtMs: number;
}

export interface OverlapTiming {
  /** Age at which a successor is made; earlier where a third of its own life is over by then. */
  readonly renewAfterMs: number;
  /** How long a new one is only accepted, so that every peer has learnt of it before anyone shows it; less where the old one ends soon. */
  readonly announceMs: number;
  /** How long an old one is still accepted after its successor came into use. */
  readonly retireAfterMs: number;
}

export interface OverlapVerdict<T extends Generation> {
  /** The one to show or sign with; undefined where none is valid. */
  readonly inUse: T | undefined;
  /** All that a peer may show, oldest first. */
  readonly accepted: readonly T[];
  readonly isNewNeeded: boolean;
}

/**
 * Which of the generations counts, from nothing but their own times: there is no phase to record or to get wrong.
 *
 *     old  ──────────── in use ────────────┬─ accepted ─┐
 *     new                  ┌── accepted ───┴──────── in use ─────────
 *                        made   announceMs    retireAfterMs
 */
export const judgeGenerations = <T extends Generation>(
  generations: readonly T[],
  nowMs: number,
  timing: OverlapTiming,
): OverlapVerdict<T> => {
  const valid = generations
    .filter((generation) => nowMs < generation.expiresAtMs)
    .sort((a, b) => a.createdAtMs - b.createdAtMs);
  /** Half-way at the latest to the end of the one before: what that has signed ends with it, and has to be replaced until then. */
  const announcedFrom = (generation: T, before = valid[valid.indexOf(generation) - 1]): number =>
    generation.createdAtMs +
    Math.max(0, Math.min(timing.announceMs, ((before?.expiresAtMs ?? Infinity) - generation.createdAtMs) / 2));
  // Where nothing has been announced long enough there is nothing older to go on with: the oldest counts at once.
  const inUse = valid.findLast((generation) => announcedFrom(generation) <= nowMs) ?? valid[0];
  const accepted = valid.filter((_, at) => {
    const successor = valid[at + 1];
    return successor === undefined || nowMs < announcedFrom(successor) + timing.retireAfterMs;
  });
  const newest = valid.at(-1);
  return {
    inUse,
    accepted,
    isNewNeeded: newest === undefined || nowMs >= renewAt(newest, timing),
  };
};

/** By its own life too: settings may have been others when it was made. */
const renewAt = ({ createdAtMs, expiresAtMs }: Generation, { renewAfterMs }: OverlapTiming): number =>
  createdAtMs + Math.min(renewAfterMs, (expiresAtMs - createdAtMs) / 3);

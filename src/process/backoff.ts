export interface BackoffSettings {
  readonly initialMs: number;
  readonly maxMs: number;
}

export interface Backoff {
  /** How long to wait before the next try, ms. Grows with every call until `reset`. */
  next(): number;
  reset(): void;
  /** Tries since the last reset. */
  readonly attempts: number;
}

/**
 * The delay before try number `attempt` (0 is the first retry): doubling from `initialMs` up to `maxMs`, of which
 * the upper half is random ("equal jitter"), so that many clients of one server don't come back together.
 */
export const backoffDelayMs = (attempt: number, settings: BackoffSettings, random: () => number): number => {
  const ceiling = Math.min(settings.maxMs, settings.initialMs * 2 ** Math.min(attempt, 52));
  return ceiling / 2 + (random() * ceiling) / 2;
};

export const createBackoff = (settings: BackoffSettings, random: () => number = Math.random): Backoff => {
  let attempts = 0;
  return {
    next: () => backoffDelayMs(attempts++, settings, random),
    reset() {
      attempts = 0;
    },
    get attempts() {
      return attempts;
    },
  };
};

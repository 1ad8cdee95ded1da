/** The first reminder comes after this, ms; the next each time after as long again as it has lasted by then. */
const firstMs = 60_000;
const longestMs = 6 * 3_600_000;

/** Since when something is so, and when it was last said; monotonic, ms. */
export interface Said {
  readonly sinceMs: number;
  readonly saidMs: number;
}

/**
 * Whether it is time to say once more that something is still so: after a minute, then after 2, 4, 8 … minutes of it, and at
 * last every six hours. Who reads a log in the morning finds it there, and a night of it fills no disk.
 */
export const isReminderDue = ({ sinceMs, saidMs }: Said, nowMs: number): boolean =>
  nowMs - saidMs >= Math.min(longestMs, Math.max(firstMs, saidMs - sinceMs));

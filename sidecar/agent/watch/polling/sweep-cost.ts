/** A sweep takes at most a twentieth of a core. */
const costShare = 20;

export interface SweepCost {
  readonly tookMs: number;
  /** How long until the next, from this one’s begin or from its end, as the caller has it. */
  readonly periodMs: number;
}

/** Call it at a sweep's begin, and what it returns at its end. On a busy machine a sweep that takes long costs no more than another. */
export const measureSweep = (shortestMs: number): (() => SweepCost) => {
  const before = process.cpuUsage();
  const begun = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(before);
    const tookMs = performance.now() - begun;
    const costMs = Math.min((user + system) / 1_000, tookMs);
    return { tookMs, periodMs: Math.max(shortestMs, costMs * costShare) };
  };
};

import { setTimeout as delay } from 'node:timers/promises';

/** Time as it is passed in, so that tests own it. */
export interface Clock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Never goes back, ms from an arbitrary start: for durations and deadlines. */
  monotonic(): number;
  /** Calls `run` once after `ms`; the answer cancels. A pending timer doesn't keep the process alive. */
  after(ms: number, run: () => void): () => void;
  /** Resolves after `ms`, or at once with `false` when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<boolean>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  async sleep(ms, signal) {
    try {
      await delay(ms, undefined, signal ? { signal } : {});
      return true;
    } catch {
      return false;
    }
  },
};

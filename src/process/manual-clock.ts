import type { Clock } from './clock.ts';

export interface ManualClock extends Clock {
  /** Moves time on and runs, in order, what falls due. */
  advance(ms: number): void;
}

/** A clock that stands still until it is told to move: for tests of decisions about time. */
export const createManualClock = (startMs = 0): ManualClock => {
  let nowMs = startMs;
  const due = new Set<{ at: number; run: () => void }>();
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = { at: nowMs + ms, run };
    due.add(timer);
    return () => due.delete(timer);
  };
  return {
    now: () => nowMs,
    monotonic: () => nowMs,
    after,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve(false);
        const cancel = after(ms, () => resolve(true));
        const onAbort = (): void => {
          cancel();
          resolve(false);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
      }),
    advance(ms) {
      const until = nowMs + ms;
      for (;;) {
        const next = [...due].filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        due.delete(next);
        nowMs = Math.max(nowMs, next.at);
        next.run();
      }
      nowMs = until;
    },
  };
};

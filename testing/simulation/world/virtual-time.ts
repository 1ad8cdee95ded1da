import type { NodeClock } from './node-clock.ts';

type Cancel = { cancel: () => void; unref: () => unknown; ref: () => unknown };

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  now: Date.now,
  monotonic: performance.now.bind(performance),
};

/** The machine's own time, whatever stands in for it. */
export const realMonotonicMs = real.monotonic;

/**
 * Puts a simulated clock in the place of the process's own, for the few timers and stamps that code under test doesn't
 * take as an argument. @returns what puts the real ones back
 */
export function useVirtualTime(clock: NodeClock): () => void {
  const start = (run: (...given: unknown[]) => void, ms: number, given: unknown[], again: boolean): Cancel => {
    const timer: Cancel = { cancel: () => {}, unref: () => timer, ref: () => timer };
    const arm = (): void => {
      timer.cancel = clock.after(ms, () => {
        if (again) arm();
        run(...given);
      });
    };
    arm();
    return timer;
  };
  const clear = (timer: unknown): void => (timer as Cancel | undefined)?.cancel?.();
  Object.assign(globalThis, {
    setTimeout: (run: () => void, ms = 0, ...given: unknown[]) => start(run, ms, given, false),
    setInterval: (run: () => void, ms = 0, ...given: unknown[]) => start(run, Math.max(1, ms), given, true),
    clearTimeout: clear,
    clearInterval: clear,
  });
  Date.now = () => clock.now();
  performance.now = () => clock.monotonic();
  return () => {
    const { setTimeout, clearTimeout, setInterval, clearInterval } = real;
    Object.assign(globalThis, { setTimeout, clearTimeout, setInterval, clearInterval });
    Date.now = real.now;
    performance.now = real.monotonic;
  };
}

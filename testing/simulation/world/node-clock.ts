import type { Clock } from '../../../src/process/clock.ts';
import type { Scheduler } from './scheduler.ts';

/** Where wall clocks of the simulation begin: ms since 1970. */
const startedAt = 1_700_000_000_000;

/** The clock of one simulated machine: its wall clock may be set, its monotonic one only goes on. */
export class NodeClock implements Clock {
  readonly #scheduler: Scheduler;
  #offsetMs: number;

  constructor(scheduler: Scheduler, offsetMs = 0) {
    this.#scheduler = scheduler;
    this.#offsetMs = offsetMs;
  }

  now(): number {
    return Math.floor(startedAt + this.#scheduler.now + this.#offsetMs);
  }

  monotonic(): number {
    return this.#scheduler.now;
  }

  after(ms: number, run: () => void): () => void {
    return this.#scheduler.after(ms, run);
  }

  sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve(false);
      const onAbort = (): void => {
        cancel();
        resolve(false);
      };
      const cancel = this.#scheduler.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve(true);
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Sets the wall clock forwards or backwards. */
  step(ms: number): void {
    this.#offsetMs += ms;
  }
}

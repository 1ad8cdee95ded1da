import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { nextRunAfter } from '../../../src/api/units/next-run.ts';

/** A timer holds no longer. */
const longestTimerMs = 2 ** 31 - 1;

/** Calls `run` at every time of the schedule, each put off by a random part of the jitter. */
export class FullPassTimer {
  readonly #run: () => void;
  readonly #random: () => number;
  #timer: NodeJS.Timeout | undefined;

  constructor(run: () => void, random: () => number = Math.random) {
    this.#run = run;
    this.#random = random;
  }

  /** Starts, or starts anew with another schedule. */
  start({ schedule, jitterMs }: ReplicationSettings['sync']['fullPass']): void {
    this.stop();
    const next = nextRunAfter(schedule, new Date());
    if (next !== undefined)
      this.#wait(next.getTime() + this.#random() * jitterMs, () => this.start({ schedule, jitterMs }));
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #wait(at: number, again: () => void): void {
    const left = at - Date.now();
    this.#timer = setTimeout(
      () => {
        if (left > longestTimerMs) return this.#wait(at, again);
        this.#run();
        again();
      },
      Math.max(0, Math.min(left, longestTimerMs)),
    );
    this.#timer.unref();
  }
}

import type { Clock } from '../../../src/process/clock.ts';
import type { RelPath } from '../changes/change.ts';
import type { Dispatcher } from '../schedule/dispatcher.ts';

/** A file rests so many times as long as its last run took: reading all of it for a little is dear on both sides. */
const restShare = 2;
const maxRemembered = 1_000;

/** Big files, each in a place of its own; one that changes all the time is read the more rarely the longer it takes. */
export class BigFiles {
  readonly #clock: Clock;
  readonly #longestRestMs: number;
  readonly #restUntil = new Map<RelPath, number>();

  constructor(clock: Clock, maxLagMs: number) {
    this.#clock = clock;
    this.#longestRestMs = maxLagMs / 2;
  }

  send<T>(path: RelPath, dispatcher: Dispatcher, work: () => Promise<T>): Promise<T> {
    return dispatcher.bigFile(this.#restUntil.get(path) ?? 0, async () => {
      const startedAt = this.#clock.monotonic();
      try {
        return await work();
      } finally {
        const endedAt = this.#clock.monotonic();
        this.#restUntil.delete(path);
        this.#restUntil.set(path, endedAt + Math.min(this.#longestRestMs, (endedAt - startedAt) * restShare));
        if (this.#restUntil.size > maxRemembered)
          this.#restUntil.delete(this.#restUntil.keys().next().value as RelPath);
      }
    });
  }
}

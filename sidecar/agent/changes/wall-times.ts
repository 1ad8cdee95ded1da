import type { Clock } from '../../../src/process/clock.ts';
import { smallest } from './smallest.ts';

/** Drift is no setting of the clock: all who compare with times of files allow for as much. */
const driftMs = 500;
const maxSettings = 64;

/**
 * Which wall clock times files that were changed at a moment of the monotonic clock may bear: the wall clock is set now and
 * then. Ages and lags are monotonic throughout; only what is compared with times of files goes through this.
 */
export class WallTimes {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  /** What the wall clock was ahead of the monotonic one, and since when that was seen. */
  #settings: { readonly seenAt: number; readonly offset: number }[];

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
    this.#settings = [{ seenAt: Number.NEGATIVE_INFINITY, offset: clock.now() - clock.monotonic() }];
  }

  /** Notices a clock that was set; call it now and then, such as with what the watch tells. */
  look(): void {
    const seenAt = this.#clock.monotonic();
    const offset = this.#clock.now() - seenAt;
    if (Math.abs(offset - (this.#settings.at(-1)?.offset ?? 0)) < driftMs) return;
    this.#settings.push({ seenAt, offset });
    if (this.#settings.length <= maxSettings) return;
    const [first, second] = this.#settings.splice(0, 2);
    if (first !== undefined && second !== undefined)
      this.#settings.unshift({ seenAt: first.seenAt, offset: Math.min(first.offset, second.offset) });
  }

  /** The earliest time, ms since 1970, that a change bears which came at `at` (monotonic, ms) or later. */
  earliest(at: number): number {
    this.look();
    const later = this.#settings.filter((_, index) => (this.#settings[index + 1]?.seenAt ?? Infinity) >= at);
    return at + smallest(later.map(({ offset }) => offset));
  }
}

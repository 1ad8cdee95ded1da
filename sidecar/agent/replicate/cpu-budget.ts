/**
 * Keeps an agent from taking more than a share of a core over time: runs cost, time earns, a full purse lets a burst through
 * at full speed. Units: seconds of processor time; `now` in ms.
 */
export class CpuBudget {
  readonly #share: number;
  readonly #capacity: number;
  #purse: number;
  #at: number;

  /** `share` of one core (0.2), `burstSeconds` of processor time that may be spent at once. */
  constructor(share: number, burstSeconds: number, now: number) {
    this.#share = share;
    this.#capacity = burstSeconds;
    this.#purse = burstSeconds;
    this.#at = now;
  }

  spend(seconds: number, now: number): void {
    this.#earn(now);
    this.#purse -= seconds;
  }

  /** How long to gather changes before the next run, ms: 0 while the purse holds, at most `longestMs`. */
  pauseMs(now: number, longestMs: number): number {
    this.#earn(now);
    if (this.#purse >= 0) return 0;
    return Math.min(longestMs, (-this.#purse / this.#share) * 1000);
  }

  #earn(now: number): void {
    this.#purse = Math.min(this.#capacity, this.#purse + ((now - this.#at) / 1000) * this.#share);
    this.#at = now;
  }
}

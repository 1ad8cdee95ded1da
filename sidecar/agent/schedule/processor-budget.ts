/**
 * Keeps an agent from taking more than a share of a core over time: what was used is measured, time earns, a full purse lets
 * a burst through at full speed. One for all replicas of an agent. Units: seconds of processor time; `now` in ms, monotonic.
 */
export class ProcessorBudget {
  readonly #share: number;
  readonly #capacity: number;
  readonly #readUsed: () => number;
  #purse: number;
  #used: number;
  #at: number;

  /** `share` of one core (0.2), `burstSeconds` that may be spent at once, `readUsed`: seconds used so far. */
  constructor(share: number, burstSeconds: number, readUsed: () => number, now: number) {
    this.#share = share;
    this.#capacity = burstSeconds;
    this.#purse = burstSeconds;
    this.#readUsed = readUsed;
    this.#used = readUsed();
    this.#at = now;
  }

  /** How long changes should gather between two runs, ms: 0 while the purse holds, at most `longestMs`. */
  pauseMs(now: number, longestMs: number): number {
    const used = this.#readUsed();
    const earned = ((now - this.#at) / 1000) * this.#share;
    this.#purse = Math.min(this.#capacity, this.#purse + earned - (used - this.#used));
    this.#used = used;
    this.#at = now;
    return this.#purse >= 0 ? 0 : Math.min(longestMs, (-this.#purse / this.#share) * 1000);
  }
}

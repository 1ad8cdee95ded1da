/** Reads that are nearer to each other than this are a burst … */
const burstGapMs = 2;
/** … once there were so many; then they are this far apart, and each brings many events for the price of one. */
const burstReads = 8;
const burstRestMs = 1;
/** Events that come faster than this, one by one, are read every `crowdRestMs`: changes of so many names gather anyway. */
const crowdEventsPerMs = 0.75;
/** So many more than that have to have come; and no more are counted, so that it is over soon. */
const crowdEvents = 100;
const mostEvents = 300;
const crowdRestMs = 10;

/** How soon a queue of events is read again. No system calls. */
export class ReadingPace {
  #readAt = 0;
  #quickReads = 0;
  #crowd = 0;

  /** Some were read, at `now` (monotonic, ms); `isAll`: nothing was left. @returns ms before the next read */
  restAfter(events: number, isAll: boolean, now: number): number {
    const gapMs = now - this.#readAt;
    this.#readAt = now;
    this.#quickReads = gapMs < burstGapMs ? this.#quickReads + 1 : 0;
    this.#crowd = Math.min(mostEvents, Math.max(0, this.#crowd - gapMs * crowdEventsPerMs) + events);
    if (this.#crowd > crowdEvents && isAll) return crowdRestMs;
    return this.#quickReads < burstReads ? 0 : burstRestMs;
  }
}

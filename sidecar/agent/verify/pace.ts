import { type Clock, systemClock } from '../../../src/process/clock.ts';

export interface PaceOptions {
  /** Processor time that this process has used so far, ms. */
  readonly usedMs: () => number;
  /** Of one core. */
  readonly share: number;
  /** Bytes a second; undefined: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
}

/** A chunk during which others worked hard must not stop a verification for long. */
const longestPauseMs = 5_000;

/** How long to rest after some work, so that over time it takes no more than its share and reads no more than it may. Pure. */
export function restAfter(
  work: { readonly usedMs: number; readonly tookMs: number; readonly bytes: number },
  { share, bytesPerSecond }: Pick<PaceOptions, 'share' | 'bytesPerSecond'>,
): number {
  const byProcessor = Math.min(longestPauseMs, work.usedMs / share - work.tookMs);
  const byBytes = bytesPerSecond === undefined ? 0 : (work.bytes / bytesPerSecond) * 1000 - work.tookMs;
  return Math.max(0, byProcessor, byBytes);
}

/** Lets work take its share: call `rest` after each piece of it. What others use meanwhile counts too: they go first. */
export class Pace {
  readonly #options: PaceOptions;
  #used: number;
  #at: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#used = options.usedMs();
    this.#at = options.clock.monotonic();
  }

  async rest(bytes: number, signal: AbortSignal): Promise<void> {
    const { usedMs, clock } = this.#options;
    const work = { usedMs: usedMs() - this.#used, tookMs: clock.monotonic() - this.#at, bytes };
    const ms = restAfter(work, this.#options);
    if (ms >= 1) await clock.sleep(ms, signal);
    this.#used = usedMs();
    this.#at = clock.monotonic();
  }
}

/** The processor time of this process, ms. */
const processorMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

export const ownPace: Pick<PaceOptions, 'usedMs' | 'clock'> = { usedMs: processorMs, clock: systemClock };

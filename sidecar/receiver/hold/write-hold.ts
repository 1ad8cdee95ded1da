import type { Clock } from '../../../src/process/clock.ts';
import type { Logger } from '../../../src/process/log/logger.ts';
import type { HoldAnswer, HoldEndAnswer, HoldEndRequest, HoldRequest } from '../../protocol/hold.ts';
import { Refusal } from '../refusal.ts';
import type { RsyncRuns } from '../rsyncd/rsync-runs.ts';

export interface WriteHoldParts {
  readonly runs: Pick<RsyncRuns, 'pauseWriters' | 'resumeWriters'>;
  /** What came on connections of rsync, whatever became of it. */
  readonly receivedBytes: () => number;
  /** Resolves when what was written is on the disk. */
  readonly sync: () => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
}

interface Hold {
  readonly id: string;
  readonly answer: HoldAnswer;
  readonly released: PromiseWithResolvers<void>;
  readonly timer: NodeJS.Timeout;
}

const lookEveryMs = 20;

/** Keeps a volume as it is for a moment; what comes meanwhile waits. */
export class WriteHold {
  readonly #parts: WriteHoldParts;
  #hold: Hold | undefined;
  #isBeginning = false;
  /** Operations of the control channel that were asked for, and those that are under way. */
  #asked = 0;
  readonly #underWay = new Set<Promise<unknown>>();
  /** What the writer was told last, by which it says that nothing is missing. */
  #told: { readonly operation: number; readonly activity: number } | undefined;
  /** The activity at which the target was the source. */
  #coveredAt: number | undefined;

  constructor(parts: WriteHoldParts) {
    this.#parts = parts;
  }

  /** Since when nothing is written, ms since the epoch; null where something may be. */
  get since(): number | null {
    return this.#hold?.answer.heldAt ?? null;
  }

  /** The writer is told a number that it gives back once nothing is pending or under way: that of the history, where there is one. */
  tell(operation: number | undefined): number {
    const activity = this.#activity();
    this.#told = { operation: operation ?? activity, activity };
    return this.#told.operation;
  }

  /** It does: nothing is missing, if nothing has come since. */
  cover(operation: number): void {
    if (this.#told?.operation === operation) this.#coveredAt = this.#told.activity;
  }

  /** Does something that changes the replica, once it may be changed. */
  async operate<T>(work: () => T | Promise<T>): Promise<T> {
    this.#asked += 1;
    while (this.#hold) await this.#hold.released.promise;
    const done = (async () => work())();
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
    }
  }

  /** @throws Refusal Held */
  async begin({ id, waitMs, forMs }: HoldRequest): Promise<HoldAnswer> {
    const { clock, runs, sync, logger } = this.#parts;
    if (this.#hold?.id === id) return this.#hold.answer;
    if (this.#hold || this.#isBeginning)
      throw new Refusal({ code: 'Held', message: 'hold volume: it is held for another snapshot', hint: 'try again' });
    this.#isBeginning = true;
    try {
      const until = clock.monotonic() + waitMs;
      while (!this.#isCovered() && clock.monotonic() < until) await clock.sleep(lookEveryMs);
      // In one go with the look: nothing comes in between.
      runs.pauseWriters();
      const answer = { heldAt: clock.now(), isCheckpoint: this.#isCovered() };
      const timer = setTimeout(() => this.#letGo('its time is over'), forMs);
      this.#hold = { id, answer, timer, released: Promise.withResolvers() };
      logger.info({ id, ...answer, forMs }, 'writes held');
      await Promise.allSettled(this.#underWay);
      await sync();
      return answer;
    } catch (error) {
      this.#letGo('it could not be synced');
      throw error;
    } finally {
      this.#isBeginning = false;
    }
  }

  async end({ id }: HoldEndRequest): Promise<HoldEndAnswer> {
    const wasHeld = this.#hold?.id === id;
    if (this.#hold?.id === id) this.#letGo('it was let go');
    return { wasHeld };
  }

  /** For whoever can't wait: the volume is closed, or promoted. */
  breakOff(): void {
    this.#letGo('it was broken off');
  }

  #isCovered(): boolean {
    return this.#coveredAt !== undefined && this.#coveredAt === this.#activity();
  }

  /** Grows with whatever a writer sends, before anything is done about it. */
  #activity(): number {
    return this.#asked + this.#parts.receivedBytes();
  }

  #letGo(why: string): void {
    const hold = this.#hold;
    if (!hold) return;
    this.#hold = undefined;
    clearTimeout(hold.timer);
    this.#parts.runs.resumeWriters();
    hold.released.resolve();
    this.#parts.logger.info({ id: hold.id, why }, 'writes go on');
  }
}

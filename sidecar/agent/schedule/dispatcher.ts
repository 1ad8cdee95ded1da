import type { Clock } from '../../../src/process/clock.ts';
import { Failure } from '../../../src/process/failure.ts';
import type { ProcessorBudget } from './processor-budget.ts';
import { type BigFile, decideNext, latelyMs } from './schedule.ts';

export interface DispatcherOptions {
  readonly clock: Clock;
  readonly workers: number;
  readonly minIntervalMs: number;
  readonly budget: ProcessorBudget;
  /** Names that wait. */
  readonly changesWaiting: () => number;
  /** Starts work on a batch of them; undefined when all that wait meet what is under way. */
  readonly startChanges: () => Promise<void> | undefined;
  /** When something falls due that has to become a change first, monotonic ms; Infinity if nothing does. */
  readonly nextDueAt: () => number;
  readonly onDue: () => void;
}

interface Waiting {
  readonly start: () => Promise<void>;
  readonly giveUp: (error: Failure) => void;
}

const closed = (): Failure => new Failure('Stopped', 'start work: its session has ended');

const longestGatherMs = 100;
/** Weight of a new batch in what batches typically take. */
const newest = 1 / 8;

/** The one register of what is under way for a replica: starts whatever `decideNext` lets start, and sleeps until something may. */
export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #changesSince = new Set<{ readonly at: number }>();
  readonly #bigFilesRunning = new Set<BigFile>();
  #bulksRunning = 0;
  readonly #bigFiles: (Waiting & BigFile)[] = [];
  readonly #bulks: Waiting[] = [];
  #lastBatchAt = Number.NEGATIVE_INFINITY;
  /** When batches were started lately, and of how many names. */
  #lately: { readonly at: number; readonly count: number }[] = [];
  #typicalMs = 15;
  /** All that waits meets what is under way: only an end or a new change can help. */
  #isBlocked = false;
  #isClosed = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  /** Something has come that may be started, or has ended. */
  pump(): void {
    this.#isBlocked = false;
    this.#startAll();
  }

  /** Runs `work` when there is a place for it; changes go before it. Rejects as it does, or with `Stopped`. */
  bulk<T>(work: () => Promise<T>): Promise<T> {
    return this.#enqueue(work, (waiting) => this.#bulks.push(waiting));
  }

  /** The same for one big file, which is not to be read before `notBefore` (monotonic ms). */
  bigFile<T>(file: Omit<BigFile, 'since'>, work: () => Promise<T>): Promise<T> {
    const since = this.#options.clock.monotonic();
    return this.#enqueue(work, (waiting) => this.#bigFiles.push({ ...waiting, ...file, since }));
  }

  /** What waits is not started any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const { giveUp } of [...this.#bigFiles.splice(0), ...this.#bulks.splice(0)]) giveUp(closed());
  }

  #enqueue<T>(work: () => Promise<T>, queue: (waiting: Waiting) => void): Promise<T> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      queue({ start: () => work().then(resolve, reject), giveUp: reject });
      this.#startAll();
    });
  }

  #startAll(): void {
    if (this.#isClosed) return;
    this.#cancelTimer?.();
    const { clock, changesWaiting, nextDueAt, onDue } = this.#options;
    if (nextDueAt() <= clock.monotonic()) {
      this.#isBlocked = false;
      onDue();
    }
    for (;;) {
      const now = clock.monotonic();
      this.#lately = this.#lately.filter(({ at }) => at > now - latelyMs);
      const next = decideNext({
        now,
        workers: this.#options.workers,
        minIntervalMs: this.#options.minIntervalMs,
        changesSince: [...this.#changesSince].map(({ at }) => at),
        bigFilesRunning: this.#bigFilesRunning.size,
        lowRunning: [...this.#bigFilesRunning].filter(({ isLow }) => isLow).length,
        bulksRunning: this.#bulksRunning,
        changesWaiting: this.#isBlocked ? 0 : changesWaiting(),
        bigFilesWaiting: this.#bigFiles,
        bulksWaiting: this.#bulks.length,
        lastBatchAt: this.#lastBatchAt,
        changesLately: this.#lately.reduce((sum, { count }) => sum + count, 0),
        gatherUntil: this.#lastBatchAt + this.#options.budget.pauseMs(now, longestGatherMs),
        typicalMs: this.#typicalMs,
      });
      if (next.kind === 'wait') {
        const at = Math.min(next.at, nextDueAt());
        if (at < Number.POSITIVE_INFINITY) {
          this.#cancelTimer = clock.after(Math.max(1, at - now), () => this.#startAll());
        }
        return;
      }
      if (next.job === 'changes') this.#startChanges(now);
      else if (next.job === 'bigFile') this.#startBigFile(next.index);
      else this.#startBulk();
    }
  }

  #startChanges(now: number): void {
    const { changesWaiting, startChanges } = this.#options;
    const waiting = changesWaiting();
    const work = startChanges();
    if (work === undefined) {
      this.#isBlocked = true;
      return;
    }
    this.#lastBatchAt = now;
    this.#lately.push({ at: now, count: Math.max(0, waiting - changesWaiting()) });
    const batch = { at: now };
    this.#changesSince.add(batch);
    void work.finally(() => {
      this.#changesSince.delete(batch);
      const tookMs = Math.min(1_000, this.#options.clock.monotonic() - now);
      this.#typicalMs += (tookMs - this.#typicalMs) * newest;
      this.pump();
    });
  }

  #startBigFile(index: number): void {
    const [waiting] = this.#bigFiles.splice(index, 1);
    if (waiting === undefined) return;
    this.#bigFilesRunning.add(waiting);
    void waiting.start().finally(() => {
      this.#bigFilesRunning.delete(waiting);
      this.pump();
    });
  }

  #startBulk(): void {
    this.#bulksRunning += 1;
    void this.#bulks
      .shift()
      ?.start()
      .finally(() => {
        this.#bulksRunning -= 1;
        this.pump();
      });
  }
}

import type { Clock } from '../../../src/process/clock.ts';
import { Failure } from '../../../src/process/failure.ts';
import type { ProcessorBudget } from './processor-budget.ts';
import { decideNext, type JobKind } from './schedule.ts';

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
  readonly notBefore: number;
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
  readonly #running: Record<Exclude<JobKind, 'changes'>, number> = { bigFile: 0, bulk: 0 };
  readonly #bigFiles: Waiting[] = [];
  readonly #bulks: Waiting[] = [];
  #lastBatchAt = Number.NEGATIVE_INFINITY;
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
    return this.#enqueue(this.#bulks, 0, work);
  }

  /** The same for one big file, which is not to be read before `notBefore` (monotonic ms). */
  bigFile<T>(notBefore: number, work: () => Promise<T>): Promise<T> {
    return this.#enqueue(this.#bigFiles, notBefore, work);
  }

  /** What waits is not started any more. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTimer?.();
    for (const { giveUp } of [...this.#bigFiles.splice(0), ...this.#bulks.splice(0)]) giveUp(closed());
  }

  #enqueue<T>(queue: Waiting[], notBefore: number, work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      queue.push({ notBefore, start: () => work().then(resolve, reject), giveUp: reject });
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
      const next = decideNext({
        now,
        workers: this.#options.workers,
        minIntervalMs: this.#options.minIntervalMs,
        changesSince: [...this.#changesSince].map(({ at }) => at),
        bigFilesRunning: this.#running.bigFile,
        bulksRunning: this.#running.bulk,
        changesWaiting: this.#isBlocked ? 0 : changesWaiting(),
        bigFilesWaiting: this.#bigFiles.map(({ notBefore }) => notBefore),
        bulksWaiting: this.#bulks.length,
        lastBatchAt: this.#lastBatchAt,
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
      else this.#startWaiting(next.job, now);
    }
  }

  #startChanges(now: number): void {
    const work = this.#options.startChanges();
    if (work === undefined) {
      this.#isBlocked = true;
      return;
    }
    this.#lastBatchAt = now;
    const batch = { at: now };
    this.#changesSince.add(batch);
    void work.finally(() => {
      this.#changesSince.delete(batch);
      const tookMs = Math.min(1_000, this.#options.clock.monotonic() - now);
      this.#typicalMs += (tookMs - this.#typicalMs) * newest;
      this.pump();
    });
  }

  #startWaiting(job: Exclude<JobKind, 'changes'>, now: number): void {
    const queue = job === 'bigFile' ? this.#bigFiles : this.#bulks;
    const index = queue.findIndex(({ notBefore }) => notBefore <= now);
    const [waiting] = queue.splice(index, 1);
    this.#running[job] += 1;
    void waiting?.start().finally(() => {
      this.#running[job] -= 1;
      this.pump();
    });
  }
}

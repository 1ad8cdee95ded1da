import { defaultRsyncTimeoutSeconds } from '../../protocol/receiver-layout.ts';
import { type SmallWay, startSmallRun } from '../small-files/small-run.ts';
import type { Run } from './run.ts';

interface Waiting {
  readonly run: Run;
  readonly since: number;
}

const longRunMs = 40;
/** Renewed at this age: a daemon hangs up on who is silent for too long. */
const maxAgeMs = (defaultRsyncTimeoutSeconds * 1000) / 2;

/**
 * Keeps a few rsync processes connected, authenticated and waiting for their list, so that a change doesn't pay for any of it.
 * One that ends before it was used tells `onBroken`: the target refuses us. Of one that goes it hears only once it has a list.
 */
export class StandbyPool {
  readonly #start: () => Run;
  readonly #size: number;
  readonly #small: SmallWay | undefined;
  readonly #onBroken: (run: Run) => void;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: {
    start: () => Run;
    /** Where small files go another way, one process is enough. */
    small?: SmallWay | undefined;
    onBroken: (run: Run) => void;
  }) {
    this.#start = options.start;
    this.#small = options.small;
    this.#size = options.small === undefined ? 2 : 1;
    this.#onBroken = options.onBroken;
    this.#fill();
    this.#timer = setInterval(() => this.#renew(), maxAgeMs / 4);
    this.#timer.unref();
  }

  /** What is to be fed now. */
  take(): Run {
    return this.#small === undefined ? this.#takeProcess() : startSmallRun(this.#small, () => this.#takeProcess());
  }

  /** The process that has waited longest, or a new one. */
  #takeProcess(): Run {
    const run = this.#waiting.shift()?.run ?? this.#start();
    // Starting a process holds up this one's bytes, so the next is started when it is done; unless it takes long.
    const late = setTimeout(() => this.#fill(), longRunMs);
    void run.finished.then(() => {
      clearTimeout(late);
      this.#fill();
    });
    return run;
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { run } of this.#waiting) run.kill();
    this.#waiting = [];
  }

  #fill(): void {
    while (!this.#closed && this.#waiting.length < this.#size) {
      const waiting = { run: this.#start(), since: performance.now() };
      this.#waiting.push(waiting);
      void waiting.run.finished.then(() => {
        const at = this.#waiting.indexOf(waiting);
        if (at < 0) return;
        this.#waiting.splice(at, 1);
        if (!this.#closed) this.#onBroken(waiting.run);
      });
    }
  }

  #renew(): void {
    const old = this.#waiting.filter((w) => performance.now() - w.since > maxAgeMs);
    this.#waiting = this.#waiting.filter((w) => !old.includes(w));
    for (const { run } of old) run.kill();
    this.#fill();
  }
}

import type { Run } from './run.ts';

interface Waiting {
  readonly run: Run;
  readonly since: number;
}

const longRunMs = 40;

/**
 * Keeps a few rsync processes connected, authenticated and waiting for their list, so that a change doesn't pay for any of it.
 * One that ends before it was used tells `onBroken` (the target went, or refuses us).
 */
export class StandbyPool {
  readonly #start: () => Run;
  readonly #size: number;
  readonly #maxAgeMs: number;
  readonly #onBroken: (run: Run) => void;
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: {
    start: () => Run;
    size: number;
    /** Renewed at this age: a daemon hangs up on who is silent for too long. */
    maxAgeMs: number;
    onBroken: (run: Run) => void;
  }) {
    this.#start = options.start;
    this.#size = options.size;
    this.#maxAgeMs = options.maxAgeMs;
    this.#onBroken = options.onBroken;
    this.#fill();
    this.#timer = setInterval(() => this.#renew(), this.#maxAgeMs / 4);
    this.#timer.unref();
  }

  /** A process to be fed now: the one that has waited longest, or a new one. */
  take(): Run {
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
    const old = this.#waiting.filter((w) => performance.now() - w.since > this.#maxAgeMs);
    this.#waiting = this.#waiting.filter((w) => !old.includes(w));
    for (const { run } of old) run.kill();
    this.#fill();
  }
}

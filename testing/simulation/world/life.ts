import type { Clock } from '../../../src/process/clock.ts';
import type { NodeClock } from './node-clock.ts';

/** One life of a process: when it has ended, nothing that it waited for comes any more. */
export class Life implements Clock {
  readonly #clock: NodeClock;
  readonly #onEnd = new Set<() => void>();
  #isOver = false;

  constructor(clock: NodeClock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  after(ms: number, run: () => void): () => void {
    return this.#clock.after(ms, () => {
      if (!this.#isOver) run();
    });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      void this.#clock.sleep(ms, signal).then((slept) => {
        if (!this.#isOver) resolve(slept);
      });
    });
  }

  /** Called when it ends: what else the process holds goes with it. */
  onEnd(run: () => void): () => void {
    this.#onEnd.add(run);
    return () => this.#onEnd.delete(run);
  }

  /** SIGKILL. */
  end(): void {
    this.#isOver = true;
    for (const run of this.#onEnd) run();
    this.#onEnd.clear();
  }
}

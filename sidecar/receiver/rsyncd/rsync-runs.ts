/** One rsync daemon process at work for an epoch; infinite for one that only reads. */
export interface RsyncRun {
  readonly epoch: number;
  /**
   * Closes its connection, and kills it with all its processes if they are not gone by themselves in so many ms, in which
   * they keep what they have received of a file; resolves when none can write any more.
   */
  end(graceMs: number): Promise<void>;
  /** Stops all its processes where they are, or lets them go on. */
  pause(isPaused: boolean): void;
}

/** A writer waits for those before it. */
const graceOfOlderMs = 3_000;
/** An rsync puts what it has received where the next one finds it: a rename, for which a busy machine takes its time. */
const graceMs = 10_000;

const isWriter = ({ epoch }: RsyncRun): boolean => epoch !== Number.POSITIVE_INFINITY;

/** The runs under way in one volume. */
export class RsyncRuns {
  readonly #runs = new Set<RsyncRun>();
  #isPaused = false;

  get size(): number {
    return this.#runs.size;
  }

  /** Whether one of them may write. */
  get isWriting(): boolean {
    return [...this.#runs].some(isWriter);
  }

  add(run: RsyncRun): void {
    this.#runs.add(run);
    if (this.#isPaused && isWriter(run)) run.pause(true);
  }

  /** Stops all that may write, also those that come, until `resumeWriters`. */
  pauseWriters(): void {
    this.#isPaused = true;
    for (const run of this.#runs) if (isWriter(run)) run.pause(true);
  }

  resumeWriters(): void {
    this.#isPaused = false;
    for (const run of this.#runs) run.pause(false);
  }

  delete(run: RsyncRun): void {
    this.#runs.delete(run);
  }

  /** Ends the runs of older epochs and waits for them; partial files are kept. */
  async endOlderThan(epoch: number): Promise<void> {
    await Promise.all([...this.#runs].filter((run) => run.epoch < epoch).map((run) => run.end(graceOfOlderMs)));
  }

  /** Ends all runs; partial files are kept. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.end(graceMs)));
  }
}

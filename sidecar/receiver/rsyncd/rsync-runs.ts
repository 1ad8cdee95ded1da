/** One rsync daemon process at work for an epoch. */
export interface RsyncRun {
  readonly epoch: number;
  /** Kills it with all its processes and closes its connection; resolves when none can write any more. */
  end(): Promise<void>;
}

/** The runs under way in one volume. */
export class RsyncRuns {
  readonly #runs = new Set<RsyncRun>();

  get size(): number {
    return this.#runs.size;
  }

  add(run: RsyncRun): void {
    this.#runs.add(run);
  }

  delete(run: RsyncRun): void {
    this.#runs.delete(run);
  }

  /** Ends the runs of older epochs and waits for them. */
  async endOlderThan(epoch: number): Promise<void> {
    await Promise.all([...this.#runs].filter((run) => run.epoch < epoch).map((run) => run.end()));
  }
}

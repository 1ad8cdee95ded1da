import type { RawChange } from './change.ts';
import { smallest } from './smallest.ts';

/** File times are up to a clock tick behind the clock, and an event is read a little after it happened. */
const doubtMs = 2_000;
const maxKept = 1_000;

/** Remembers when the kernel dropped events, to know which files may have changed unseen: those changed since the read before. */
export class LostEvents {
  #losses: { readonly from: number; readonly to: number }[] = [];
  #lastReadAt: number;

  constructor(startedAt: number) {
    this.#lastReadAt = startedAt;
  }

  /** Called with every batch of the change source. Times are monotonic, ms. */
  onBatch(batch: readonly RawChange[], readAtMs: number): void {
    if (batch.some((change) => change.kind === 'rescan' && change.reason === 'overflow')) {
      this.#losses.push({ from: this.#lastReadAt, to: readAtMs });
      if (this.#losses.length > maxKept) {
        const [first, second] = this.#losses.splice(0, 2);
        if (first !== undefined && second !== undefined) this.#losses.unshift({ from: first.from, to: second.to });
      }
    }
    this.#lastReadAt = readAtMs;
  }

  /** Since when a file may have changed unseen by a loss that was noticed at `at` or later; undefined if there was none. */
  since(at: number): number | undefined {
    const after = this.#losses.filter(({ to }) => to >= at).map(({ from }) => from);
    return after.length === 0 ? undefined : smallest(after) - doubtMs;
  }
}

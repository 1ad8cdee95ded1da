import { smallest } from './smallest.ts';

/** File times are up to a clock tick behind the clock. */
const doubtMs = 2_000;
const maxKept = 1_000;

/** Remembers when the kernel dropped events, to know which files may have changed unseen: those changed since its queue was empty. */
export class LostEvents {
  #losses: { readonly from: number; readonly to: number }[] = [];

  /** The queue was empty at `from`, and had overflowed when it was read at `to`. Monotonic, ms. */
  note(from: number, to: number): void {
    this.#losses.push({ from, to });
    if (this.#losses.length <= maxKept) return;
    const [first, second] = this.#losses.splice(0, 2);
    if (first !== undefined && second !== undefined) this.#losses.unshift({ from: first.from, to: second.to });
  }

  /** Since when a file may have changed unseen by a loss that was noticed at `at` or later; undefined if there was none. */
  since(at: number): number | undefined {
    const after = this.#losses.filter(({ to }) => to >= at).map(({ from }) => from);
    return after.length === 0 ? undefined : smallest(after) - doubtMs;
  }
}

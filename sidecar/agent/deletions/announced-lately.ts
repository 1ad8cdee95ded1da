import type { RawChange } from '../changes/change.ts';

const windowMs = 60_000;
const stepMs = 1_000;

/** Counts names whose deletion the kernel told of within the last minute, by the second. Times are monotonic, ms. */
export class AnnouncedLately {
  #steps: { readonly from: number; count: number }[] = [];
  #total = 0;

  note(count: number, now: number): void {
    if (count === 0) return;
    const last = this.#steps.at(-1);
    if (last !== undefined && now - last.from < stepMs) last.count += count;
    else this.#steps.push({ from: now, count });
    this.#total += count;
  }

  count(now: number): number {
    while (this.#steps[0] !== undefined && now - this.#steps[0].from > windowMs) {
      this.#total -= this.#steps.shift()?.count ?? 0;
    }
    return this.#total;
  }
}

/** Names that went, by one batch of events. */
export function countDeletions(batch: readonly RawChange[]): number {
  let count = 0;
  for (const { kind } of batch) if (kind === 'delete') count += 1;
  return count;
}

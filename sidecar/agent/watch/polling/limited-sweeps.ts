import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import { isAtOrBelow } from '../../changes/paths.ts';
import type { ChangeBatch } from '../change-batch.ts';
import { measureSweep } from './sweep-cost.ts';
import { sweepFindings } from './sweep-findings.ts';
import { TreeSweep } from './tree-sweep.ts';

const intervalMs = 2_000;

export interface LimitedSweepsOptions {
  readonly absolute: (path: RelPath) => Buffer;
  readonly filter: Filter;
  readonly batch: ChangeBatch;
  readonly deliver: () => void;
  /** The topmost directories without a watch that may be read. */
  readonly limited: () => readonly RelPath[];
}

/** Looks again and again at what lies below directories that have no watch. */
export class LimitedSweeps {
  readonly #options: LimitedSweepsOptions;
  readonly #sweeps = new Map<RelPath, TreeSweep>();
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: LimitedSweepsOptions) {
    this.#options = options;
    this.#schedule(0);
  }

  /** Resolves when all were looked at once more. */
  look(): Promise<void> {
    this.#underWay = this.#underWay.then(() => this.#lookAtAll());
    return this.#underWay;
  }

  /** Whether they would tell of each of these if it went now. */
  sees(paths: readonly RelPath[]): boolean {
    let left = paths;
    for (const [top, sweep] of this.#sweeps) {
      const below = left.filter((path) => isAtOrBelow(path, top));
      if (!sweep.sees(below)) return false;
      left = left.filter((path) => !isAtOrBelow(path, top));
    }
    return left.length === 0;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    for (const sweep of this.#sweeps.values()) sweep.stop();
  }

  #schedule(waitMs: number): void {
    if (!this.#stopped) this.#timer = setTimeout(() => void this.#lookAgain(), waitMs).unref();
  }

  async #lookAgain(): Promise<void> {
    const end = measureSweep(intervalMs);
    await this.look();
    this.#schedule(end().periodMs);
  }

  async #lookAtAll(): Promise<void> {
    const limited = new Set(this.#options.limited());
    for (const [path, sweep] of this.#sweeps) {
      if (limited.has(path)) continue;
      sweep.stop();
      this.#sweeps.delete(path);
    }
    for (const path of limited) {
      if (this.#stopped) return;
      await this.#lookAt(path);
      this.#options.deliver();
    }
  }

  async #lookAt(path: RelPath): Promise<void> {
    const { absolute, filter, batch } = this.#options;
    const known = this.#sweeps.get(path);
    const sweep = known ?? new TreeSweep({ top: path, absolute, filter, findings: sweepFindings(batch) });
    this.#sweeps.set(path, sweep);
    await sweep.sweep();
    // What was changed before the first look is compared after it.
    if (known === undefined) batch.rescan(path, 'watch-limit');
  }
}

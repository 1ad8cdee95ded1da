import type { Clock } from '../../../../src/process/clock.ts';
import type { RelPath } from '../../changes/change.ts';
import type { Dispatcher } from '../../schedule/dispatcher.ts';
import { bigFileBytes } from '../../send/plan-runs.ts';
import type { SourceView } from '../../source/source-view.ts';

/** A file rests so many times as long as its last run took: reading all of it for a little is dear on both sides. */
const restShare = 2;
const maxRemembered = 1_000;

export interface BigFilesOptions {
  readonly clock: Clock;
  readonly source: Pick<SourceView, 'look'>;
  readonly maxLagMs: number;
  /** Larger ones are of low priority, bytes. */
  readonly lowAbove: number | undefined;
}

/** Big files, each in a place of its own; one that changes all the time is read the more rarely the longer it takes. */
export class BigFiles {
  readonly #options: BigFilesOptions;
  readonly #restUntil = new Map<RelPath, number>();

  constructor(options: BigFilesOptions) {
    this.#options = options;
  }

  send<T>(path: RelPath, dispatcher: Dispatcher, work: () => Promise<T>): Promise<T> {
    const { clock, source, maxLagMs, lowAbove = Number.POSITIVE_INFINITY } = this.#options;
    const look = source.look(path);
    const { size: bytes, changedAt } = look.kind === 'file' ? look : { size: bigFileBytes, changedAt: 0 };
    const file = { notBefore: this.#restUntil.get(path) ?? 0, bytes, changedAt, isLow: bytes > lowAbove };
    return dispatcher.bigFile(file, async () => {
      const startedAt = clock.monotonic();
      try {
        return await work();
      } finally {
        const endedAt = clock.monotonic();
        this.#restUntil.delete(path);
        this.#restUntil.set(path, endedAt + Math.min(maxLagMs / 2, (endedAt - startedAt) * restShare));
        if (this.#restUntil.size > maxRemembered)
          this.#restUntil.delete(this.#restUntil.keys().next().value as RelPath);
      }
    });
  }
}

import { type Logger, silentLogger } from '../../../../src/process/log/logger.ts';
import type { RelPath } from '../../changes/change.ts';
import { ChangeBatch } from '../change-batch.ts';
import type { ChangeSource, ChangeSourceListener, ChangeSourceStats } from '../change-source.ts';
import { countNotWatched, type NotWatchedReason } from '../not-watched.ts';
import { identifyRoot, watchRootIdentity } from '../root-identity.ts';
import type { SourceOptions } from '../source-options.ts';
import { measureSweep } from './sweep-cost.ts';
import { sweepFindings } from './sweep-findings.ts';
import { TreeSweep } from './tree-sweep.ts';

export interface PollingOptions extends SourceOptions {
  readonly intervalMs: number;
}

const rootCheckMs = 1_000;
/** A look that is older than so many intervals is no look at what is there now. */
const staleIntervals = 3;
const staleAtLeastMs = 10_000;

/**
 * Network and user-space file systems, where what others write raises no event: looks at everything every `intervalMs`.
 * A rename comes as delete and create. What keeps size and both times is not seen: the full pass finds it.
 */
export const createPollingSource = (options: PollingOptions): ChangeSource => new PollingSource(options);

class PollingSource implements ChangeSource {
  readonly kind = 'polling';
  readonly #options: PollingOptions;
  readonly #logger: Logger;
  readonly #batch: ChangeBatch;
  readonly #sweep: TreeSweep;
  #listener: ChangeSourceListener | undefined;
  #stopRootWatch: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #underWay: Promise<void> = Promise.resolve();
  /** When the last whole look began; monotonic, ms. */
  #lookedAt = 0;
  /** From the begin of one look to that of the next. */
  #periodMs: number;
  #closed = false;

  constructor(options: PollingOptions) {
    this.#options = options;
    this.#periodMs = options.intervalMs;
    this.#logger = options.logger ?? silentLogger;
    this.#batch = new ChangeBatch(options.filter, options.events);
    const root = Buffer.from(options.root);
    this.#sweep = new TreeSweep({
      top: '',
      absolute: (path) => (path === '' ? root : Buffer.concat([root, Buffer.from(`/${path}`, 'latin1')])),
      filter: options.filter,
      findings: sweepFindings(this.#batch),
    });
  }

  async open(listener: ChangeSourceListener): Promise<void> {
    const { root } = this.#options;
    this.#listener = listener;
    const identity = await identifyRoot(root);
    await this.#look(0);
    if (this.#closed) return;
    this.#stopRootWatch = watchRootIdentity(root, identity, rootCheckMs, (reason) => this.#lose(reason));
    this.#schedule(this.#options.intervalMs);
    this.#logger.info({ directories: this.#sweep.directories, intervalMs: this.#options.intervalMs }, 'watching');
  }

  stats(): ChangeSourceStats {
    return {
      watchedDirectories: this.#sweep.directories,
      watchLimit: undefined,
      overflows: 0,
      unseenMs: this.#unseenMs,
      notWatched: countNotWatched(this.#notWatched()),
    };
  }

  async drain(): Promise<void> {
    await this.#look(0);
  }

  sees(paths: readonly RelPath[]): boolean {
    return this.#sweep.sees(paths);
  }

  check(): Promise<void> {
    return this.#look(0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#sweep.stop();
    this.#stopRootWatch?.();
    clearTimeout(this.#timer);
    await this.#underWay;
  }

  /** From one look to the next, and longer while the next is not done: in whole seconds, so that it stands still. */
  get #unseenMs(): number {
    return 1_000 * Math.ceil(Math.max(this.#periodMs, performance.now() - this.#lookedAt) / 1_000);
  }

  *#notWatched(): Generator<readonly [RelPath, NotWatchedReason]> {
    const staleMs = Math.max(staleAtLeastMs, staleIntervals * this.#periodMs);
    if (performance.now() - this.#lookedAt > staleMs) yield ['', 'Stale'];
    for (const path of this.#sweep.unreadable) yield [path, 'Unreadable'];
  }

  /** One after the other; resolves when one that begins now is done. */
  #look(restMs: number): Promise<void> {
    const look = async (): Promise<void> => {
      if (this.#closed) return;
      const begun = performance.now();
      await this.#sweep.sweep(restMs);
      this.#lookedAt = begun;
      this.#flush();
    };
    this.#underWay = this.#underWay.then(look);
    return this.#underWay;
  }

  #schedule(waitMs: number): void {
    this.#timer = setTimeout(() => void this.#lookAgain(), waitMs).unref();
  }

  async #lookAgain(): Promise<void> {
    const end = measureSweep(this.#options.intervalMs);
    await this.#look(1);
    if (this.#closed) return;
    const { tookMs, periodMs } = end();
    this.#periodMs = periodMs;
    this.#schedule(Math.max(0, periodMs - tookMs));
  }

  #flush(): void {
    if (!this.#closed && this.#batch.size > 0) this.#listener?.onChanges(this.#batch.take());
  }

  #lose(reason: 'deleted' | 'replaced'): void {
    if (this.#closed) return;
    this.#flush();
    void this.close();
    this.#listener?.onRootLost(reason);
  }
}

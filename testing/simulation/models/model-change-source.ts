import type { RelPath } from '../../../sidecar/agent/changes/change.ts';
import { ChangeBatch } from '../../../sidecar/agent/watch/change-batch.ts';
import type {
  ChangeSource,
  ChangeSourceListener,
  ChangeSourceStats,
} from '../../../sidecar/agent/watch/change-source.ts';
import { DirectoryWatcher } from '../../../sidecar/agent/watch/followed/directory-watcher.ts';
import { applyEvent } from '../../../sidecar/agent/watch/inotify/apply-event.ts';
import type { InotifyEvent } from '../../../sidecar/agent/watch/inotify/inotify-events.ts';
import { directoryMask, rootMask } from '../../../sidecar/agent/watch/inotify/inotify-mask.ts';
import { pairMoves } from '../../../sidecar/agent/watch/inotify/pair-moves.ts';
import { RecentMoves } from '../../../sidecar/agent/watch/inotify/recent-moves.ts';
import { countNotWatched } from '../../../sidecar/agent/watch/not-watched.ts';
import type { Filter } from '../../../sidecar/filter/filter.ts';
import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import type { Random } from '../../storm/random.ts';
import type { NodeClock } from '../world/node-clock.ts';
import { pause } from '../world/streams.ts';
import { ModelKernel } from './model-kernel.ts';
import type { Volume } from './volume.ts';

export interface ModelChangeSourceOptions {
  readonly volume: Volume;
  readonly root: string;
  readonly filter: Filter;
  readonly events: readonly EventKind[];
  readonly clock: NodeClock;
  readonly random: Random;
  readonly maxQueuedEvents: number;
  readonly maxWatches?: number;
}

const moveWaitMs = 2;
/** A slice of the walk that takes no time: what is left is done in another, so that watches lag behind new directories. */
const sliceMs = -1;
const typicalDelayMs = 2;
const mostEventsAtOnce = 15;

/** The product's watcher on a model kernel: only its socket and its timers are another's. */
export class ModelChangeSource implements ChangeSource {
  readonly kind = 'inotify';
  readonly kernel: ModelKernel;
  readonly #options: ModelChangeSourceOptions;
  readonly #batch: ChangeBatch;
  readonly #watcher: DirectoryWatcher;
  readonly #recent: RecentMoves;
  #listener: ChangeSourceListener | undefined;
  #held: readonly InotifyEvent[] = [];
  #overflows = 0;
  /** As of the product's own source: when the queue was empty last, and of an overflow that was not told yet. */
  #emptyAt: number;
  #lostSince: number | undefined;
  #cancelMove: (() => void) | undefined;
  #isWorking = false;
  #walked: (() => void) | undefined;
  #closed = false;

  constructor(options: ModelChangeSourceOptions) {
    this.#options = options;
    this.#emptyAt = options.clock.monotonic();
    this.#recent = new RecentMoves(() => options.clock.monotonic());
    const { volume, root, filter, events, maxQueuedEvents, maxWatches = 100_000 } = options;
    this.#batch = new ChangeBatch(filter, events);
    const onReadable = (): void => this.#later(() => this.#readSome());
    this.kernel = new ModelKernel({ volume, root, maxQueuedEvents, maxWatches, onReadable });
    this.#watcher = new DirectoryWatcher({
      calls: this.kernel,
      inotify: 3,
      root,
      filter,
      masks: { root: rootMask(events), below: directoryMask(events) },
      findings: this.#batch,
    });
  }

  async open(listener: ChangeSourceListener): Promise<void> {
    this.#listener = listener;
    if (this.#watcher.start() < 0) throw new Error('watch root: it can not be opened');
    await new Promise<void>((resolve) => {
      this.#walked = resolve;
      this.#work();
    });
  }

  /** No event waits to be read or told. */
  get isIdle(): boolean {
    return !this.#isWorking && this.#held.length === 0 && this.kernel.queued === 0;
  }

  stats(): ChangeSourceStats {
    return {
      watchedDirectories: this.#watcher.tree.watched,
      watchLimit: this.kernel.maxWatches,
      overflows: this.#overflows,
      notWatched: countNotWatched(this.#watcher.notWatched()),
    };
  }

  async drain(): Promise<void> {
    this.#read();
    if (this.#held.length > 0) this.#receive([]);
    while (!this.#closed && this.#watcher.work(sliceMs)) this.#deliver();
    this.#deliver();
  }

  sees(paths: readonly RelPath[]): boolean {
    return this.#watcher.tree.unwatched(paths).length === 0;
  }

  async check(): Promise<void> {
    this.#watcher.startCheck();
    while (!this.#closed && this.#watcher.check(sliceMs)) this.#deliver();
    if (!this.#closed) this.#work();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelMove?.();
    this.kernel.close();
    this.#walked?.();
  }

  #later(run: () => void): void {
    const { clock, random } = this.#options;
    clock.after(pause(random, typicalDelayMs), run);
  }

  /** The queue is read piece by piece: more comes while one is worked on. */
  #readSome(): void {
    if (this.kernel.queued === 0) return;
    this.#read(1 + this.#options.random.below(mostEventsAtOnce));
    if (this.kernel.queued > 0) this.#later(() => this.#readSome());
  }

  #read(most?: number): void {
    const readAt = this.#options.clock.monotonic();
    const events = this.kernel.readEvents(most);
    const isAll = this.kernel.queued === 0;
    this.#receive(events);
    if (isAll) this.#emptyAt = readAt;
  }

  #receive(fresh: readonly InotifyEvent[]): void {
    if (this.#closed) return;
    this.#cancelMove?.();
    const { ready, held } = pairMoves(this.#held, fresh);
    this.#held = held;
    if (held.length > 0) this.#cancelMove = this.#options.clock.after(moveWaitMs, () => this.#read());
    for (const event of ready) {
      const outcome = applyEvent(event, this.#watcher, this.#batch, this.#recent);
      if (outcome === 'overflow') {
        this.#overflows += 1;
        this.#lostSince ??= this.#emptyAt;
      } else if (outcome !== 'applied') {
        this.#lose(outcome);
        return;
      }
    }
    if (this.#watcher.hasMisplaced) this.#watcher.retryMisplaced();
    this.#deliver();
    if (!this.#isWorking) this.#work();
  }

  #work(): void {
    this.#isWorking = false;
    if (this.#closed) return;
    const more = this.#watcher.work(sliceMs);
    this.#deliver();
    if (more || this.#watcher.hasMisplaced) {
      this.#isWorking = true;
      this.#later(() => {
        if (!this.#closed && this.#watcher.hasMisplaced) this.#watcher.retryMisplaced();
        this.#work();
      });
    } else this.#walked?.();
  }

  #lose(reason: 'deleted' | 'moved' | 'unmounted' | 'replaced'): void {
    if (!this.#batch.isOfOtherRoot) this.#deliver();
    void this.close();
    this.#listener?.onRootLost(reason);
  }

  #deliver(): void {
    if (!this.#closed && this.#batch.isOfOtherRoot) this.#lose('replaced');
    if (this.#closed || this.#batch.size === 0) return;
    const lostSince = this.#lostSince;
    this.#lostSince = undefined;
    this.#listener?.onChanges(this.#batch.take(), lostSince);
  }
}

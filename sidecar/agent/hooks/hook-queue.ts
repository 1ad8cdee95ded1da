import type { Fate } from '../replicate/status/arrivals.ts';
import type { HookEvent } from './hook-event.ts';

export interface QueuedEvent {
  readonly id: number;
  readonly event: HookEvent;
  state: 'waiting' | 'arrived' | 'durable';
  /** When it became durable, monotonic ms. */
  since: number;
}

export interface QueueLimits {
  readonly debounceMs: number;
  readonly batchSize: number;
  readonly maxEvents: number;
}

/**
 * What one hook is still to be told of one target, in order. An event goes when it is durable there and no older one waits that meets
 * its names; a batch goes when it is full, or its oldest has waited for the debounce. Pure but for what it holds.
 */
export class HookQueue {
  readonly #limits: QueueLimits;
  readonly #events = new Map<number, QueuedEvent>();
  /** The youngest event of each name that waits. */
  readonly #youngest = new Map<string, QueuedEvent>();
  #lastId = 0;
  #dropped = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#events.size;
  }

  /** Takes what had no room out of the count. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  /** @returns its id; undefined where one that says the same waits already, or there is no room */
  add(event: HookEvent, id = this.#lastId + 1): number | undefined {
    const same = this.#youngest.get(event.path);
    if (same !== undefined && same.state !== 'durable' && saysTheSame(same.event, event)) {
      // It is there only when the later change is.
      this.#put({ ...same, event: { ...same.event, sequence: event.sequence }, state: 'waiting' });
      return undefined;
    }
    if (this.#events.size >= this.#limits.maxEvents) {
      this.#dropped += 1;
      return undefined;
    }
    this.#lastId = Math.max(this.#lastId, id);
    this.#put({ id, event, state: 'waiting', since: 0 });
    return id;
  }

  /**
   * Looks which of those that wait are on the target. `leftOut` are those that never will be; `acknowledge` is to be called when
   * the target says that what it has is durable.
   */
  markArrived(fateOf: (event: HookEvent) => Fate): {
    readonly leftOut: readonly QueuedEvent[];
    readonly acknowledge: (now: number) => void;
  } {
    const leftOut: QueuedEvent[] = [];
    for (const queued of this.#events.values()) {
      const fate = queued.state === 'waiting' ? fateOf(queued.event) : 'waits';
      if (fate === 'arrived') queued.state = 'arrived';
      else if (fate === 'left-out') leftOut.push(queued);
    }
    const asked = [...this.#events.values()].filter(({ state }) => state === 'arrived');
    const acknowledge = (now: number): void => {
      for (const queued of asked) {
        // One that was changed again meanwhile is another.
        if (queued.state !== 'arrived' || this.#events.get(queued.id) !== queued) continue;
        queued.state = 'durable';
        queued.since = now;
      }
    };
    return { leftOut, acknowledge };
  }

  /** What can go now; undefined with the time to look again, Infinity if only an arrival can help. */
  next(now: number): { readonly batch: readonly QueuedEvent[] } | { readonly lookAt: number } {
    const { debounceMs, batchSize } = this.#limits;
    const blocked = new Set<string>();
    const batch: QueuedEvent[] = [];
    for (const queued of this.#events.values()) {
      const { path, from } = queued.event;
      const isFree = !blocked.has(path) && (from === undefined || !blocked.has(from));
      if (queued.state === 'durable' && isFree) {
        batch.push(queued);
        if (batch.length >= batchSize) return { batch };
        continue;
      }
      blocked.add(path);
      if (from !== undefined) blocked.add(from);
    }
    const oldest = batch.reduce((least, { since }) => Math.min(least, since), Number.POSITIVE_INFINITY);
    return now - oldest >= debounceMs ? { batch } : { lookAt: oldest + debounceMs };
  }

  done(batch: readonly QueuedEvent[]): void {
    for (const queued of batch) {
      this.#events.delete(queued.id);
      for (const name of namesOf(queued.event)) if (this.#youngest.get(name) === queued) this.#youngest.delete(name);
    }
  }

  /** All that waits, the oldest first. */
  list(): readonly Pick<QueuedEvent, 'id' | 'event'>[] {
    return [...this.#events.values()];
  }

  #put(queued: QueuedEvent): void {
    this.#events.set(queued.id, queued);
    // What is told of names below either is of other files than before.
    if (queued.event.isDirectory) this.#youngest.clear();
    for (const name of namesOf(queued.event)) this.#youngest.set(name, queued);
  }
}

/** Both of a move. */
const namesOf = ({ path, from }: HookEvent): readonly string[] => (from === undefined ? [path] : [from, path]);

/** Of two that say the same one is enough. A move is said each time: its old name is gone. */
const saysTheSame = (a: HookEvent, b: HookEvent): boolean =>
  a.operation !== 'Move' && (a.operation === b.operation || (a.operation === 'Create' && b.operation === 'Write'));

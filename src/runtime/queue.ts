import { type BackoffSettings, backoffDelayMs } from '../process/backoff.ts';
import type { Clock } from '../process/clock.ts';

/** What a queue tells of itself, named as client-go's workqueue metrics. Durations in seconds. */
export interface QueueMetrics {
  depth(length: number): void;
  added(): void;
  retried(): void;
  waited(seconds: number): void;
  worked(seconds: number): void;
  /** Told once where to read, at a scrape, since when each key is worked on that is not done: monotonic ms. */
  unfinished(sinceMs: () => Iterable<number>): void;
}

export interface QueueOptions {
  readonly clock: Clock;
  readonly backoff: BackoffSettings;
  readonly random: () => number;
  readonly metrics?: QueueMetrics;
}

/**
 * Keys that wait for work, with the semantics of client-go's workqueue: a key is queued once however often it is added,
 * is never given to two workers at a time, and one that is added while it is worked on comes back after `done`.
 */
export interface Queue {
  add(key: string): void;
  /** Adds the key after `ms`; of several pending calls for one key the earliest counts. */
  addAfter(key: string, ms: number): void;
  /** Adds the key after its own exponential back-off; the answer is the delay in ms. */
  addRateLimited(key: string): number;
  /** Forgets the key's failures, so that its next back-off starts anew. */
  forget(key: string): void;
  failures(key: string): number;
  /** The next key, or undefined once the queue is shut down. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** Drops what waits (a lost lease allows no further work) and accepts nothing more; `take` gives undefined. */
  shutDown(): void;
  readonly length: number;
}

export const createQueue = ({ clock, backoff, random, metrics }: QueueOptions): Queue => {
  const waiting: string[] = [];
  const dirty = new Map<string, number>();
  const processing = new Map<string, number>();
  const delayed = new Map<string, { dueAt: number; cancel: () => void }>();
  const failed = new Map<string, number>();
  const takers: ((key: string | undefined) => void)[] = [];
  let closed = false;
  metrics?.unfinished(() => processing.values());

  const start = (key: string): string => {
    const now = clock.monotonic();
    metrics?.waited((now - (dirty.get(key) ?? now)) / 1000);
    dirty.delete(key);
    processing.set(key, now);
    metrics?.depth(waiting.length);
    return key;
  };
  const enqueue = (key: string): void => {
    const taker = takers.shift();
    if (taker) taker(start(key));
    else {
      waiting.push(key);
      metrics?.depth(waiting.length);
    }
  };
  const add = (key: string): void => {
    if (closed || dirty.has(key)) return;
    metrics?.added();
    dirty.set(key, clock.monotonic());
    if (!processing.has(key)) enqueue(key);
  };
  const addAfter = (key: string, ms: number): void => {
    if (closed) return;
    if (ms <= 0) {
      add(key);
      return;
    }
    const dueAt = clock.monotonic() + ms;
    const earlier = delayed.get(key);
    if (earlier && earlier.dueAt <= dueAt) return;
    earlier?.cancel();
    const cancel = clock.after(ms, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { dueAt, cancel });
  };

  return {
    add,
    addAfter,
    addRateLimited(key) {
      const attempt = failed.get(key) ?? 0;
      failed.set(key, attempt + 1);
      metrics?.retried();
      const delay = backoffDelayMs(attempt, backoff, random);
      addAfter(key, delay);
      return delay;
    },
    forget: (key) => void failed.delete(key),
    failures: (key) => failed.get(key) ?? 0,
    take: () => {
      const key = waiting.shift();
      if (key !== undefined) return Promise.resolve(start(key));
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => takers.push(resolve));
    },
    done(key) {
      const startedAt = processing.get(key);
      if (startedAt === undefined) return;
      processing.delete(key);
      metrics?.worked((clock.monotonic() - startedAt) / 1000);
      if (dirty.has(key) && !closed) enqueue(key);
    },
    shutDown() {
      closed = true;
      waiting.length = 0;
      metrics?.depth(0);
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get length() {
      return waiting.length;
    },
  };
};

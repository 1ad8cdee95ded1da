import { type Backoff, createBackoff } from '../process/backoff.ts';
import type { Clock } from '../process/clock.ts';
import { errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';

/** What the reflector needs of any object. */
export interface Versioned {
  readonly metadata?: { readonly resourceVersion?: string };
}

/** One line of a watch as the apiserver sends it. */
export interface WatchLine<T> {
  readonly type: string;
  readonly object: T;
}

export interface ListedPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

export interface ListAndWatch<T> {
  /** All objects, page by page; each page with the version from which a watch misses nothing. */
  list(signal: AbortSignal): AsyncIterable<ListedPage<T>>;
  /** Ends normally when the server closes it, by throwing when anything breaks. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchLine<T>>;
  /** True where the version asked for is gone (HTTP 410): only a new list helps. */
  isExpired(error: unknown): boolean;
}

export interface Replacing<T> {
  page(items: readonly T[]): void;
  /** That was all: what was on no page is gone. */
  done(): void;
}

export interface ReflectorSink<T> {
  /** The whole truth comes, in pages: each is taken in before the next is asked for, so that no list is ever kept whole. */
  replacing(): Replacing<T>;
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
}

export interface ReflectorOptions<T extends Versioned> {
  readonly source: ListAndWatch<T>;
  readonly sink: ReflectorSink<T>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called for every failure that is survived, with a word of a small fixed set. */
  failed?(what: 'list' | 'watch'): void;
}

/** What an ERROR line of a watch carries (a metav1.Status), or a line that makes no sense: what follows it is not trusted. */
export class WatchStatusError extends Error {
  override readonly name = 'WatchStatusError';
  readonly status: number;
  constructor(status: { code?: number; reason?: string; message?: string }) {
    super(`watch resource: ${status.message ?? status.reason ?? 'the server sent an error'}`);
    this.status = status.code ?? 500;
  }
}

/**
 * Keeps `sink` equal to what the apiserver holds until `signal` aborts: one list, then watches that go on from the
 * last version seen (bookmarks move it too). A watch that ends or breaks is taken up again; after an ERROR line or an
 * expired version a list comes first; every failure is retried with back-off (0.5–30 s, jittered) and never thrown.
 */
export const runReflector = async <T extends Versioned>(options: ReflectorOptions<T>): Promise<void> => {
  const { source, sink, clock, logger, signal } = options;
  const backoff = createBackoff({ initialMs: 500, maxMs: 30_000 }, options.random);
  let version: string | undefined;
  let wasExpired = false;
  while (!signal.aborted) {
    let what: 'list' | 'watch' = 'watch';
    try {
      if (version === undefined) {
        what = 'list';
        version = await listInto(source, sink, signal);
        what = 'watch';
      }
      const startedAt = clock.monotonic();
      for await (const line of source.watch(version, signal)) {
        version = handleLine(line, sink) ?? version;
        wasExpired = false;
        backoff.reset();
      }
      // A server that closes every watch at once must not be asked in a busy loop.
      if (clock.monotonic() - startedAt < 1_000) await clock.sleep(backoff.next(), signal);
    } catch (err) {
      if (signal.aborted) return;
      const isExpired = source.isExpired(err) || (err instanceof WatchStatusError && err.status === 410);
      if (isExpired || err instanceof WatchStatusError) version = undefined;
      options.failed?.(what);
      // After an outage of the server its versions have expired: what was missed is listed at once, but not in a loop.
      const isFirstExpiry = isExpired && !wasExpired;
      wasExpired = isExpired;
      if (isFirstExpiry) {
        logger.debug({ what }, 'watch expired, listing again');
        continue;
      }
      await waitAfterFailure(logger, clock, backoff, signal, { what, isExpired, reason: errorMessage(err) });
    }
  }
};

const listInto = async <T>(source: ListAndWatch<T>, sink: ReflectorSink<T>, signal: AbortSignal): Promise<string> => {
  const replacing = sink.replacing();
  let version = '0';
  for await (const { items, resourceVersion } of source.list(signal)) {
    replacing.page(items);
    version = resourceVersion;
  }
  replacing.done();
  return version;
};

const waitAfterFailure = async (
  logger: Logger,
  clock: Clock,
  backoff: Backoff,
  signal: AbortSignal,
  fields: { what: string; isExpired: boolean; reason: string },
): Promise<void> => {
  const retryInMs = Math.round(backoff.next());
  logger.warn({ ...fields, retryInMs, attempt: backoff.attempts }, 'list or watch failed');
  await clock.sleep(retryInMs, signal);
};

/** Gives the version the line moves the watch to. */
const handleLine = <T extends Versioned>(line: WatchLine<T>, sink: ReflectorSink<T>): string | undefined => {
  const version = line.object?.metadata?.resourceVersion;
  switch (line.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (version === undefined)
        throw new WatchStatusError({ message: `a ${line.type} event without a resourceVersion` });
      sink.apply(line.type, line.object);
      return version;
    case 'BOOKMARK':
      return version;
    case 'ERROR':
      throw new WatchStatusError(line.object as object);
    default:
      throw new WatchStatusError({ message: `an event of unknown type ${line.type}` });
  }
};

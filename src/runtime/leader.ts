import type { Clock } from '../process/clock.ts';
import { errorMessage } from '../process/failure.ts';
import type { Logger } from '../process/log/logger.ts';
import { judgeLease, type LeaseRecord, type SeenLease } from './lease.ts';

/** Where the lease is kept. `write` must fail with `isConflict` when it is no longer what was read. */
export interface LeaseStore<Handle> {
  read(): Promise<{ record: LeaseRecord; handle: Handle } | undefined>;
  /** Creates it where `handle` is undefined. */
  write(record: LeaseRecord, handle: Handle | undefined): Promise<void>;
  isConflict(error: unknown): boolean;
}

export interface LeaderTiming {
  readonly leaseMs: number;
  readonly renewDeadlineMs: number;
  readonly retryMs: number;
}

/** A request that is never answered costs one try, and not the lease. */
const attemptLimitMs = 3_000;

/** So long before another may begin nothing is tried any more. */
const aloneMarginMs = 2_000;

/** As controller-runtime: a leader that can't renew for 10 s stops, 5 s before another may begin. */
export const leaderTiming: LeaderTiming = { leaseMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

export interface LeaderOptions<Handle> {
  readonly store: LeaseStore<Handle>;
  readonly identity: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly timing?: LeaderTiming;
  /** Called once, with the epoch of this leadership: greater than that of any leader before. */
  onElected(epoch: number): void;
}

/**
 * Stands for election until `signal` aborts or a lease once held is lost.
 * Resolves with `lost` when it was lost (its holder has to end at once), with `stopped` after giving it back.
 */
export const runElection = async <Handle>(options: LeaderOptions<Handle>): Promise<'lost' | 'stopped'> => {
  const { store, identity, clock, random, logger, signal } = options;
  const timing = options.timing ?? leaderTiming;
  let seen: SeenLease | undefined;
  let renewedAt: number | undefined;
  let over = false;
  const attempt = async (): Promise<void> => {
    const found = await store.read();
    seen = found && { record: found.record, since: sinceOf(seen, found.record, clock.monotonic()) };
    const verdict = judgeLease(seen, { identity, now: clock.monotonic(), wallClock: clock.now(), timing });
    if (verdict.kind === 'wait' || over) return;
    const at = clock.monotonic();
    await store.write(verdict.record, found?.handle);
    seen = { record: verdict.record, since: at };
    if (renewedAt === undefined && !over) {
      logger.info({ identity, epoch: verdict.epoch }, 'elected leader');
      options.onElected(verdict.epoch);
    }
    renewedAt = at;
  };
  const leftMs = (): number => (renewedAt ?? Infinity) + timing.renewDeadlineMs - clock.monotonic();
  /** One who had no processor time may try once more for as long as nobody else may begin. */
  const aloneMs = (): number => (renewedAt ?? Infinity) + timing.leaseMs - aloneMarginMs - clock.monotonic();
  while (!signal.aborted) {
    try {
      const limitMs = Math.min(aloneMs(), attemptLimitMs);
      if (limitMs <= 0) throw new Error('renew the lease: this process was held up until another may lead');
      await withinMs(attempt(), limitMs, clock);
    } catch (err) {
      if (!store.isConflict(err)) logger.warn({ identity, reason: errorMessage(err) }, 'lease not read or written');
    }
    const isTaken = renewedAt !== undefined && seen !== undefined && seen.record.holder !== identity;
    if (isTaken || leftMs() <= 0) {
      over = true;
      logger.error({ identity }, 'lost the lease');
      return 'lost';
    }
    await clock.sleep(Math.min(leftMs(), timing.retryMs * (1 + 0.2 * random())), signal);
  }
  if (renewedAt !== undefined) await release(store, identity, clock, logger);
  return 'stopped';
};

const sinceOf = (before: SeenLease | undefined, record: LeaseRecord, now: number): number =>
  before && before.record.renewedAt === record.renewedAt && before.record.holder === record.holder ? before.since : now;

const withinMs = async (work: Promise<void>, ms: number, clock: Clock): Promise<void> => {
  let cancel: () => void = () => {};
  const late = new Promise<never>((_, reject) => {
    cancel = clock.after(ms, () => reject(new Error(`reach the lease: no answer within ${ms} ms`)));
  });
  try {
    await Promise.race([work, late]);
  } finally {
    cancel();
  }
};

/** An empty holder lets another take over at once, as client-go does it. */
const release = async <Handle>(
  store: LeaseStore<Handle>,
  identity: string,
  clock: Clock,
  logger: Logger,
): Promise<void> => {
  try {
    const found = await store.read();
    if (!found || found.record.holder !== identity) return;
    await store.write({ ...found.record, holder: '', durationMs: 1_000, renewedAt: clock.now() }, found.handle);
    logger.info({ identity }, 'gave the lease back');
  } catch (err) {
    logger.warn({ identity, reason: errorMessage(err) }, 'lease not given back: another waits until it runs out');
  }
};

import type { Logger } from '../../../../src/process/log/logger.ts';
import type { HeldDeletes, LinkState, ReplicaError, ReplicaStatus } from '../../../protocol/agent-status.ts';
import type { PendingBatch } from '../../pending/pending-batch.ts';
import type { RunResult } from '../../rsync/run.ts';
import type { SessionEnd } from '../session-events.ts';
import { isReminderDue } from './reminder.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';

type Recorded = Pick<
  ReplicaStatus,
  | 'target'
  | 'link'
  | 'initialPassDone'
  | 'lastSyncAt'
  | 'lastFullPassAt'
  | 'lastError'
  | 'heldDeletes'
  | 'transferredBytes'
  | 'transferredFiles'
  | 'renames'
>;

/** What has happened to a replica so far, told to the log and the metrics as it happens. */
export class ReplicaRecord {
  readonly #target: string;
  readonly #metrics: ReplicaMetrics;
  readonly #logger: Logger;
  #link: LinkState = 'Connecting';
  #everOnline = false;
  #initialPassDone = false;
  #coversAll = false;
  #held: HeldDeletes | null = null;
  #lastError: ReplicaError | null = null;
  #lastSyncAt: number | null = null;
  #lastFullPassAt: number | null = null;
  #bytes = 0;
  #files = 0;
  #renames = 0;
  #entries = 0;
  #offline = { sinceMs: 0, saidMs: 0, tries: 0 };
  readonly #monotonicMs: () => number;

  constructor(
    target: string,
    metrics: ReplicaMetrics,
    logger: Logger,
    monotonicMs: () => number = () => performance.now(),
  ) {
    this.#monotonicMs = monotonicMs;
    this.#target = target;
    this.#metrics = metrics;
    this.#logger = logger;
  }

  get link(): LinkState {
    return this.#link;
  }

  get lastError(): ReplicaError | null {
    return this.#lastError;
  }

  get everOnline(): boolean {
    return this.#everOnline;
  }

  get initialPassDone(): boolean {
    return this.#initialPassDone;
  }

  /** All was compared, and with what is the source for sure: a directory that lacks much may stand in its place. */
  get coversAll(): boolean {
    return this.#coversAll;
  }

  /** Another directory may stand in the source's place. @returns whether all was covered until now */
  uncover(): boolean {
    const did = this.#coversAll;
    this.#coversAll = false;
    return did;
  }

  get lastFullPassAt(): number | null {
    return this.#lastFullPassAt;
  }

  /** Entries of the whole when they were counted last, 0 if never. */
  get entries(): number {
    return this.#entries;
  }

  get held(): HeldDeletes | null {
    return this.#held;
  }

  onRun(result: RunResult, trigger: 'change' | 'pass'): void {
    this.#bytes += result.traffic.sent;
    this.#files += result.stats.transferred;
    this.#metrics.onRun(result, trigger);
    if (result.outcome === 'ok') this.onSuccess();
  }

  onDeleted(count: number): void {
    this.#metrics.onDeleted(count);
  }

  onBatch(batch: PendingBatch, renamed: number): void {
    this.#renames += renamed;
    this.#lastSyncAt = Date.now();
    this.#metrics.onBatch(batch, renamed);
    this.onSuccess();
  }

  /** `provenSince`: it did not have to be compared since then, ms since 1970. @returns whether it was the first of everything */
  onPassDone(whole: boolean, entries: number, provenSince?: number | null): boolean {
    this.onSuccess();
    this.#lastSyncAt = Date.now();
    if (!whole) return false;
    this.#entries = entries;
    const isFirst = !this.#initialPassDone;
    this.#initialPassDone = true;
    if (this.#held === null) this.#coversAll = true;
    this.#lastFullPassAt = provenSince === undefined ? Date.now() : provenSince;
    if (provenSince === undefined) this.#metrics.onFullPass();
    else this.#metrics.onSpared();
    return isFirst;
  }

  onSuccess(): void {
    if (this.#link !== 'Online') this.#logger.info({ target: this.#target }, 'replica is online');
    this.#link = 'Online';
    this.#everOnline = true;
    this.#lastError = null;
  }

  /** Nothing is sent by this one any more, whatever it may still be asked. */
  onStopped(): void {
    this.#link = 'Connecting';
  }

  onPaused(): void {
    if (this.#link !== 'Paused') this.#logger.info({ target: this.#target }, 'replica is paused');
    this.#link = 'Paused';
  }

  onOffline(end: SessionEnd): void {
    const now = this.#monotonicMs();
    const what = { target: this.#target, reason: end.reason, detail: end.message };
    if (this.#link !== 'Offline' || this.#lastError?.reason !== end.reason) {
      this.#logger.warn(what, 'replica is offline');
      this.#offline = { sinceMs: now, saidMs: now, tries: 0 };
    }
    this.#offline.tries += 1;
    if (isReminderDue(this.#offline, now)) {
      const { sinceMs, tries } = this.#offline;
      this.#logger.warn({ ...what, forSeconds: Math.round((now - sinceMs) / 1000), tries }, 'replica is still offline');
      this.#offline.saidMs = now;
    }
    this.#link = 'Offline';
    this.onFailure(end);
  }

  onFailure({ reason, message }: Pick<SessionEnd, 'reason' | 'message'>): void {
    this.#lastError = { reason, message, at: Date.now() };
    this.#metrics.onFailure(reason);
  }

  /** @returns whether another hold, or none any more, is in force now */
  setHeld(held: HeldDeletes | null): boolean {
    const changed = held?.id !== this.#held?.id || held?.count !== this.#held?.count;
    if (held !== null && changed) {
      const { id, count, reason } = held;
      this.#logger.warn({ target: this.#target, id, count, reason }, 'deletions are held');
    }
    this.#held = held;
    this.#metrics.onHeld(held?.count ?? 0);
    return changed;
  }

  status(): Recorded {
    return {
      target: this.#target,
      link: this.#link,
      initialPassDone: this.#initialPassDone,
      lastSyncAt: this.#lastSyncAt,
      lastFullPassAt: this.#lastFullPassAt,
      lastError: this.#lastError,
      heldDeletes: this.#held,
      transferredBytes: this.#bytes,
      transferredFiles: this.#files,
      renames: this.#renames,
    };
  }
}

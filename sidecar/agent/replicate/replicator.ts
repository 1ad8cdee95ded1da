import { randomUUID } from 'node:crypto';
import type { ReplicationSettings, TargetSettings } from '../../../src/api/replication-settings.ts';
import { type Backoff, createBackoff } from '../../../src/process/backoff.ts';
import type { Logger } from '../../../src/process/logger.ts';
import type { RelPath, RescanReason } from '../change.ts';
import { compileFilter, type Filter, toRsyncArgs } from '../filter/filter.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { PendingBatch } from '../log/pending-batch.ts';
import { PendingSet } from '../log/pending-set.ts';
import type { RunResult } from '../rsync/run.ts';
import type { Tunnel } from '../rsync/tunnel.ts';
import type { SourceRoot } from '../source-root.ts';
import type { HeldDeletes, LinkState, PassProgress, ReplicaError, ReplicaStatus } from '../status.ts';
import { CpuBudget } from './cpu-budget.ts';
import type { PassRequest } from './full-pass.ts';
import { type Link, openLink, reasonOf } from './link.ts';
import { isOwed, mergePasses } from './pass-queue.ts';
import type { PlannedRun } from './plan-runs.ts';
import { type Covered, PositionReporter } from './position-reporter.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';
import { Session, type SessionEnd } from './session.ts';
import { SkippedEntries } from './skipped-entries.ts';
import { waitForTarget } from './wait-for-target.ts';

export interface ReplicatorOptions {
  readonly target: TargetSettings;
  readonly settings: ReplicationSettings;
  readonly holder: string;
  readonly takeOver: boolean;
  readonly rsync: string;
  readonly source: SourceRoot;
  readonly log: ChangeLog;
  readonly locks: PathLocks;
  readonly tunnel: Tunnel;
  readonly stateDir: string;
  readonly metrics: ReplicaMetrics;
  readonly logger: Logger;
}

const maxPending = 50_000;
const batchNames = 4_000;
const longestGatherMs = 100;
const stallMs = 30_000;
/** Clocks of two nodes may differ by so much. */
const clockDoubtMs = 60_000;

/** Keeps one target equal to the source: connects, works through what is pending, comes back by itself. */
export class Replicator {
  readonly #options: ReplicatorOptions;
  readonly #pending = new PendingSet();
  readonly #skipped = new SkippedEntries();
  readonly #filter: Filter;
  readonly #filterArgs: readonly string[];
  readonly #backoff: Backoff;
  readonly #budget = new CpuBudget(0.2, 30, Date.now());
  readonly #stop = new AbortController();
  readonly #reporter: PositionReporter;
  #loop: Promise<void> | undefined;
  #session: Session | undefined;
  #passRequest: PassRequest | undefined;
  #runningPass: PassRequest | undefined;
  #settings: ReplicationSettings;
  #link: LinkState = 'Connecting';
  #epoch = 0;
  #holder: string;
  #initialPassDone = false;
  #wasOnline = false;
  #held: HeldDeletes | null = null;
  #lastError: ReplicaError | null = null;
  #lastSyncAt: number | null = null;
  #lastFullPassAt: number | null = null;
  #lastStartAt = 0;
  #bytes = 0;
  #files = 0;
  #renames = 0;
  #timer: NodeJS.Timeout | undefined;
  #pauseUntil = 0;

  constructor(options: ReplicatorOptions) {
    this.#options = options;
    this.#holder = options.holder;
    this.#settings = options.settings;
    this.#filter = compileFilter(options.settings.filter);
    this.#filterArgs = toRsyncArgs(options.settings.filter);
    this.#backoff = createBackoff(options.settings.retry);
    this.#reporter = new PositionReporter(() => this.#covered());
    options.log.createCursor(this.name, 'head');
  }

  get name(): string {
    return this.#options.target.name;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** The log has something new. */
  notify(): void {
    this.#pump();
  }

  /** Asks for a comparison of the given subtrees; of everything when there are none. */
  requestPass(reason: RescanReason, subtrees: readonly RelPath[], extra: { sourceReplaced?: boolean } = {}): void {
    const lost = reason === 'overflow' || reason === 'watch-limit' || reason === 'root-replaced';
    const request: PassRequest = {
      subtrees: subtrees.length === 0 ? [''] : subtrees,
      reason,
      sequence: this.#options.log.lastSequence + 1,
      at: Date.now(),
      since: lost && subtrees.includes('') ? Date.now() - clockDoubtMs : undefined,
      sourceReplaced: extra.sourceReplaced ?? false,
    };
    this.#queuePass(request);
  }

  /** Takes settings that need no new session (requests, pause); the owner makes a new replicator for others. */
  update(settings: ReplicationSettings): void {
    const released = settings.requests?.releaseDeletes !== this.#settings.requests?.releaseDeletes;
    const asked = settings.requests?.sync !== this.#settings.requests?.sync;
    const paused = settings.paused !== this.#settings.paused;
    this.#settings = settings;
    if (asked || released) this.requestPass('requested', []);
    if (paused) this.#session?.stop({ kind: 'stopped', reason: 'Internal', message: 'paused or resumed' });
  }

  /** Everything known so far is on the target. */
  get idle(): boolean {
    const { log } = this.#options;
    return (
      this.#pending.isEmpty &&
      !this.#owesPass() &&
      log.position(this.name) >= log.lastSequence &&
      this.#session?.busy !== true
    );
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    if (this.#session !== undefined) await this.#reporter.flush();
    this.#session?.stop();
    await this.#loop;
    this.#options.log.removeCursor(this.name);
  }

  status(): ReplicaStatus {
    const oldest = this.#oldestOwedAt();
    const lagSeconds = oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest) / 1000);
    const progress = this.#progress();
    return {
      target: this.name,
      link: this.#link,
      initialPassDone: this.#initialPassDone,
      inSync: this.#link === 'Online' && this.#initialPassDone && lagSeconds * 1000 <= this.#settings.maxLagMs,
      lagSeconds,
      pending: this.pendingChanges(),
      position:
        this.#epoch === 0 && this.#link !== 'Online' ? null : { epoch: this.#epoch, sequence: this.#completed() },
      lastSyncAt: this.#lastSyncAt,
      lastFullPassAt: this.#lastFullPassAt,
      progress,
      lastError: this.#lastError,
      heldDeletes: this.#held,
      skipped: { count: this.#skipped.count, samples: this.#skipped.samples },
      transferredBytes: this.#bytes,
      transferredFiles: this.#files,
      renames: this.#renames,
    };
  }

  pendingChanges(): number {
    const { log } = this.#options;
    const progress = this.#owesPass() ? this.#progress() : null;
    const left = progress === null ? 0 : progress.filesTotal - progress.filesDone;
    return this.#pending.size + this.#pending.inFlightSize + (log.lastSequence - log.position(this.name)) + left;
  }

  /** When the first event of the oldest change that is not on the target was read, ms; undefined when there is none. */
  #oldestOwedAt(): number | undefined {
    const { log } = this.#options;
    const times = [this.#pending.oldestAt, log.read(this.name, 1)[0]?.at];
    for (const request of [this.#passRequest, this.#runningPass]) {
      if (request !== undefined && isOwed(request)) times.push(request.at);
    }
    const known = times.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #owesPass(): boolean {
    return [this.#passRequest, this.#runningPass].some((request) => request !== undefined && isOwed(request));
  }

  #completed(): number {
    const passes = [this.#passRequest, this.#runningPass].filter((r) => r !== undefined).filter(isOwed);
    return Math.min(this.#pending.completedSequence, ...passes.map((r) => r.sequence - 1));
  }

  #progress(): PassProgress | null {
    return this.#session?.pass?.progress(this.#initialPassDone ? 'FullPass' : 'InitialPass') ?? null;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#settings.paused) {
        this.#link = 'Paused';
        await this.#sleep(250);
        continue;
      }
      const end = await this.#connectAndWork();
      if (end.kind === 'stopped') continue;
      this.#wentOffline(end);
      await waitForTarget({
        target: this.#options.target,
        delayMs: this.#backoff.next(),
        probe: end.kind === 'again' && end.reason === 'TargetUnreachable',
        signal: this.#stop.signal,
      });
    }
  }

  async #connectAndWork(): Promise<SessionEnd> {
    const { target, takeOver } = this.#options;
    let link: Link;
    try {
      const controllerEpoch = this.#settings.controllerEpoch ?? 0;
      link = await openLink(target, { holder: this.#holder, epoch: this.#epoch, controllerEpoch, takeOver });
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'StaleEpoch') this.#fence();
      return { kind: 'again', reason, message: error instanceof Error ? error.message : String(error) };
    }
    this.#beforeSession(link);
    const session = this.#openSession(link);
    this.#session = session;
    this.#reporter.open(link);
    this.#pump();
    const end = await session.ended;
    this.#session = undefined;
    this.#reporter.close();
    if (end.reason === 'StaleEpoch') this.#fence();
    if (this.#stop.signal.aborted) await link.control?.releaseLease(link.epoch).catch(() => {});
    link.control?.close();
    return end;
  }

  /**
   * Another writer has ended our epoch. From now on we ask as a stranger, who waits until that writer is gone: by its own
   * name a replaced pod would take the volume back from its successor.
   */
  #fence(): void {
    this.#epoch = 0;
    this.#holder = `${this.#options.holder}#${randomUUID().slice(0, 8)}`;
  }

  /** What the target lost while we were away is found by a comparison; a receiver tells whether it lost anything. */
  #beforeSession(link: Link): void {
    const known = link.position;
    const complete = known !== null && known.epoch === this.#epoch && known.sequence >= this.#reporter.acknowledged;
    if (this.#wasOnline && !complete) this.requestPass('retry', []);
    if (link.epoch !== this.#epoch) this.#reporter.reset();
    this.#epoch = link.epoch;
    if (this.#wasOnline || link.note === undefined) return;
    this.#held = link.note.held;
    if (this.#passRequest !== undefined) {
      this.#passRequest = { ...this.#passRequest, since: link.note.coveredAt - clockDoubtMs };
    }
  }

  #openSession(link: Link): Session {
    const options = this.#options;
    return new Session({
      link,
      settings: this.#settings,
      holder: this.#holder,
      rsync: options.rsync,
      source: options.source,
      filter: this.#filter,
      filterArgs: this.#filterArgs,
      pending: this.#pending,
      tunnel: options.tunnel,
      skipped: this.#skipped,
      stateDir: options.stateDir,
      stallMs,
      held: () => this.#held,
      released: () => this.#settings.requests?.releaseDeletes,
      locks: options.locks,
      logger: options.logger,
      events: {
        onRun: (result, run) => this.#onRun(result, run),
        onBatch: (batch, renamed) => this.#onBatch(batch, renamed),
        onHeld: (held) => this.#setHeld(held),
        onSubtrees: (paths, batch) => {
          const reason = batch.subtrees[0]?.reason ?? 'retry';
          const lost = paths.includes('') && reason !== 'schedule' && reason !== 'requested';
          this.#queuePass({
            subtrees: paths,
            reason,
            sequence: batch.sequence.first,
            at: batch.oldestAt,
            since: lost ? batch.oldestAt - clockDoubtMs : undefined,
            sourceReplaced: false,
          });
        },
        onDoubtful: (directories) => {
          const sequence = options.log.lastSequence;
          for (const path of directories) {
            this.#pending.add({ sequence, at: Date.now(), change: { kind: 'attributes', path } });
          }
        },
        onPartial: (message) => {
          this.#pauseUntil = Date.now() + 500;
          this.#fail({ kind: 'again', reason: 'PartialTransfer', message });
        },
      },
    });
  }

  /** Starts whatever may start now, and comes back when something else may. */
  #pump(): void {
    clearTimeout(this.#timer);
    const session = this.#session;
    if (session === undefined || this.#stop.signal.aborted) return;
    this.#pull();
    const now = Date.now();
    let waitMs = this.#waitMs(now);
    while (waitMs <= 0 && session.mayStartBatch(now)) {
      const batch = this.#pending.take(batchNames);
      if (batch === undefined) break;
      this.#lastStartAt = now;
      void session.work(batch).then(() => this.#pump());
      waitMs = this.#waitMs(now);
    }
    if (this.#passRequest !== undefined && this.#runningPass === undefined) void this.#runPass(session);
    const more = this.#pending.size > 0 || this.#options.log.position(this.name) < this.#options.log.lastSequence;
    if (more) this.#timer = setTimeout(() => this.#pump(), Math.max(5, waitMs));
    else this.#reporter.report();
  }

  #waitMs(now: number): number {
    const { minIntervalMs } = this.#settings.sync;
    const spaced = minIntervalMs === 0 ? 0 : this.#lastStartAt + minIntervalMs - now;
    return Math.max(spaced, this.#pauseUntil - now, this.#budget.pauseMs(now, longestGatherMs));
  }

  #pull(): void {
    const { log } = this.#options;
    while (this.#pending.size < maxPending && log.position(this.name) < log.lastSequence) {
      const changes = log.read(this.name, 4_096);
      const last = changes.at(-1);
      if (last === undefined) return;
      for (const change of changes) this.#pending.add(change);
      log.advance(this.name, last.sequence);
    }
  }

  async #runPass(session: Session): Promise<void> {
    const request = this.#passRequest as PassRequest;
    this.#passRequest = undefined;
    this.#runningPass = request;
    this.#options.metrics.onPassStarted(request.reason);
    const outcome = await session.runPass(request);
    this.#runningPass = undefined;
    if (outcome.kind !== 'done') this.#queuePass(request);
    else if (request.subtrees.includes('')) {
      this.#initialPassDone = true;
      this.#lastFullPassAt = Date.now();
      this.#lastSyncAt = Date.now();
      this.#options.metrics.onFullPass();
      this.#reporter.fullPassAt = this.#lastFullPassAt;
    }
    if (outcome.kind === 'aborted') setTimeout(() => this.#pump(), 200).unref();
    else this.#pump();
  }

  #queuePass(request: PassRequest): void {
    this.#passRequest = this.#passRequest === undefined ? request : mergePasses(this.#passRequest, request);
    if (this.#session !== undefined) setImmediate(() => this.#pump());
  }

  #onRun(result: RunResult, run: PlannedRun): void {
    this.#budget.spend(0.004 + run.paths.length * 0.00003, Date.now());
    this.#bytes += result.traffic.sent;
    this.#files += result.stats.transferred;
    this.#options.metrics.onRun(result, this.#runningPass === undefined ? 'change' : 'pass');
    if (result.outcome === 'ok') this.#wentOnline();
  }

  #onBatch(batch: PendingBatch, renamed: number): void {
    this.#renames += renamed;
    this.#lastSyncAt = Date.now();
    this.#options.metrics.onBatch(batch, renamed);
    this.#wentOnline();
  }

  #setHeld(held: HeldDeletes | null): void {
    if (held !== null && this.#held === null) {
      this.#options.logger.warn(
        { target: this.name, id: held.id, count: held.count, reason: held.reason },
        'deletions are held',
      );
    }
    this.#held = held;
    this.#options.metrics.onHeld(held?.count ?? 0);
    this.#reporter.report();
  }

  #wentOnline(): void {
    if (this.#link !== 'Online') {
      this.#options.logger.info({ target: this.name, epoch: this.#epoch }, 'replica is online');
    }
    this.#link = 'Online';
    this.#wasOnline = true;
    this.#backoff.reset();
    if (this.#pauseUntil <= Date.now()) this.#lastError = null;
  }

  #wentOffline(end: SessionEnd): void {
    if (this.#link !== 'Offline' || this.#lastError?.reason !== end.reason) {
      this.#options.logger.warn({ target: this.name, reason: end.reason, detail: end.message }, 'replica is offline');
    }
    this.#link = 'Offline';
    this.#fail(end);
  }

  #fail(end: SessionEnd): void {
    this.#lastError = { reason: end.reason, message: end.message, at: Date.now() };
    this.#options.metrics.onFailure(end.reason);
  }

  #covered(): Covered {
    const oldest = this.#oldestOwedAt();
    const now = Date.now();
    return {
      position: { epoch: this.#epoch, sequence: this.#completed() },
      lagMs: oldest === undefined ? 0 : now - oldest,
      note: { coveredAt: oldest ?? now, held: this.#held },
    };
  }

  async #sleep(ms: number): Promise<void> {
    await waitForTarget({ target: this.#options.target, delayMs: ms, probe: false, signal: this.#stop.signal });
  }
}

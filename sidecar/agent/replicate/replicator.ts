import type { ReplicationSettings, TargetSettings } from '../../../src/api/replication-settings.ts';
import { type Backoff, createBackoff } from '../../../src/process/backoff.ts';
import { errorAdvice } from '../../../src/process/failure.ts';
import type { Logger } from '../../../src/process/logger.ts';
import { compileFilter, type Filter, toRsyncArgs } from '../../filter/filter.ts';
import type { ReplicaStatus } from '../../protocol/agent-status.ts';
import type { RelPath, RescanReason } from '../changes/change.ts';
import type { LostEvents } from '../changes/lost-events.ts';
import { farewellMs, giveUpAfter } from '../link/give-up-after.ts';
import { type Link, reasonOf } from '../link/link.ts';
import { type Covered, PositionReporter } from '../link/position-reporter.ts';
import { createWaitForTarget, type WaitForTarget } from '../link/wait-for-target.ts';
import { Writer } from '../link/writer.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import type { ChangeLog } from '../log/change-log.ts';
import type { Tunnel } from '../rsync/tunnel.ts';
import { SkippedEntries } from '../send/skipped-entries.ts';
import type { SourceRoot } from '../source/source-root.ts';
import { Backlog, clockDoubtMs } from './backlog.ts';
import { CpuBudget } from './cpu-budget.ts';
import type { ReplicaMetrics } from './replica-metrics.ts';
import { ReplicaRecord } from './replica-record.ts';
import { Session } from './session.ts';
import type { SessionEnd } from './session-events.ts';

export interface ReplicatorOptions {
  readonly target: TargetSettings;
  readonly settings: ReplicationSettings;
  readonly holder: string;
  readonly takeOver: boolean;
  readonly stallMs: number;
  readonly rsync: string;
  readonly source: SourceRoot;
  readonly log: ChangeLog;
  readonly lost: LostEvents;
  readonly locks: PathLocks;
  readonly tunnel: Tunnel;
  readonly stateDir: string;
  readonly metrics: ReplicaMetrics;
  readonly logger: Logger;
}

const batchNames = 4_000;
const longestGatherMs = 100;
/** A writer that waits for another to go asks this often. */
const leaseRetryMs = 3_000;

/** Keeps one target equal to the source: connects, works through what is pending, comes back by itself. */
export class Replicator {
  readonly #options: ReplicatorOptions;
  readonly #backlog: Backlog;
  readonly #writer: Writer;
  readonly #skipped = new SkippedEntries();
  readonly #record: ReplicaRecord;
  readonly #filter: Filter;
  readonly #filterArgs: readonly string[];
  readonly #backoff: Backoff;
  readonly #wait: WaitForTarget;
  readonly #budget = new CpuBudget(0.2, 30, performance.now());
  readonly #stop = new AbortController();
  readonly #reporter: PositionReporter;
  #loop: Promise<void> | undefined;
  #session: Session | undefined;
  #settings: ReplicationSettings;
  /** Until when (ms, the source's clock) an earlier writer has covered everything; null where none has said. */
  #coveredAt: number | null = null;
  #lastStartAt = 0;
  #pauseUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ReplicatorOptions) {
    this.#options = options;
    this.#writer = new Writer(options.target, options.holder, options.takeOver, options.stateDir);
    this.#settings = options.settings;
    this.#record = new ReplicaRecord(this.name, options.metrics, options.logger);
    this.#filter = compileFilter(options.settings.filter);
    this.#filterArgs = toRsyncArgs(options.settings.filter);
    this.#backoff = createBackoff(options.settings.retry);
    this.#wait = createWaitForTarget(options.target, this.#stop.signal);
    this.#reporter = new PositionReporter(() => this.#covered());
    this.#backlog = new Backlog(options.log, this.name, options.lost);
  }

  get name(): string {
    return this.#options.target.name;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** The log has something new. */
  readonly notify = (): void => this.#pump();

  requestPass(reason: RescanReason, subtrees: readonly RelPath[], extra: { sourceReplaced?: boolean } = {}): void {
    this.#backlog.requestPass(reason, subtrees, extra.sourceReplaced);
    this.#pumpSoon();
  }

  /** The source directory is another one now: runs that stand in the old one are ended. */
  sourceChanged(): void {
    this.#session?.stop();
  }

  /** Takes settings that need no new session (requests, pause); the owner makes a new replicator for others. */
  update(settings: ReplicationSettings): void {
    const released = settings.requests?.releaseDeletes !== this.#settings.requests?.releaseDeletes;
    const asked = settings.requests?.sync !== this.#settings.requests?.sync;
    const paused = settings.paused !== this.#settings.paused;
    this.#settings = settings;
    if (asked || released) this.requestPass('requested', []);
    if (paused) this.#session?.stop();
  }

  /** Everything known so far is on the target. */
  get idle(): boolean {
    return this.#backlog.isEmpty;
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#stop.abort();
    if (this.#session !== undefined) await giveUpAfter(farewellMs, this.#reporter.flush());
    this.#session?.stop();
    await this.#loop;
    this.#backlog.close();
  }

  status(): ReplicaStatus {
    const oldest = this.#backlog.oldestAt;
    const lagSeconds = oldest === undefined ? 0 : Math.max(0, (Date.now() - oldest) / 1000);
    const { link, initialPassDone } = this.#record;
    const progress = this.#session?.pass?.progress(initialPassDone ? 'FullPass' : 'InitialPass') ?? null;
    const left =
      progress === null || this.#backlog.passes.owed.length === 0 ? 0 : progress.filesTotal - progress.filesDone;
    return {
      ...this.#record.status(),
      inSync: link === 'Online' && initialPassDone && lagSeconds * 1000 <= this.#settings.maxLagMs,
      lagSeconds,
      pending: this.#backlog.changes + left,
      position:
        this.#session === undefined ? null : { epoch: this.#writer.epoch, sequence: this.#backlog.completedSequence },
      progress,
      skipped: { count: this.#skipped.count, samples: this.#skipped.samples },
    };
  }

  #covered(): Covered {
    const oldest = this.#backlog.oldestAt;
    const now = Date.now();
    const { held, lastFullPassAt } = this.#record;
    return {
      position: { epoch: this.#writer.epoch, sequence: this.#backlog.completedSequence },
      lagMs: oldest === undefined ? 0 : Math.max(0, now - oldest),
      fullPassAt: lastFullPassAt,
      // Until the first pass is done nothing more is covered than an earlier writer has covered.
      note: { coveredAt: this.#record.initialPassDone ? (oldest ?? now) : this.#coveredAt, held },
    };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#settings.paused) {
        this.#record.onPaused();
        await this.#wait(250, false);
        continue;
      }
      const end = await this.#connectAndWork();
      if (end.kind === 'stopped') continue;
      this.#record.onOffline(end);
      const delayMs = Math.min(this.#backoff.next(), end.reason === 'LeaseHeld' ? leaseRetryMs : Infinity);
      await this.#wait(delayMs, end.reason === 'TargetUnreachable');
    }
  }

  async #connectAndWork(): Promise<SessionEnd> {
    let link: Link;
    try {
      const opened = await this.#writer.open(this.#settings);
      link = opened.link;
      this.#beforeSession(link, opened.newEpoch);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'StaleEpoch') this.#writer.fence();
      return { kind: 'again', reason, message: errorAdvice(error) };
    }
    const session = this.#openSession(link);
    this.#session = session;
    this.#reporter.open(link);
    // What was asked while the way was being opened found no session to end.
    if (this.#stop.signal.aborted || this.#settings.paused) session.stop();
    else this.#pump();
    const end = await session.ended;
    this.#session = undefined;
    this.#reporter.close();
    if (end.reason === 'StaleEpoch') this.#writer.fence();
    // A lease that can't be used keeps the right writer waiting.
    if (this.#stop.signal.aborted || end.kind === 'configuration')
      await giveUpAfter(farewellMs, link.control?.releaseLease(link.epoch));
    link.control?.close();
    return end;
  }

  /** What the target lost while we were away is found by a comparison; a receiver tells whether it lost anything. */
  #beforeSession(link: Link, newEpoch: boolean): void {
    const { position, note } = link;
    const first = !this.#record.everOnline;
    const complete = position !== null && !newEpoch && position.sequence >= this.#reporter.acknowledged;
    if (!first && !complete) this.requestPass('retry', []);
    // Nothing will be run that could show it: a target that lost nothing is online as soon as it is reached.
    if (!first && complete) this.#record.onSuccess();
    if (newEpoch) this.#reporter.reset();
    if (!first || note === undefined) return;
    this.#coveredAt = note.coveredAt;
    this.#record.setHeld(note.held);
  }

  #openSession(link: Link): Session {
    const record = this.#record;
    return new Session({
      ...this.#options,
      link,
      settings: this.#settings,
      holder: this.#writer.holder,
      filter: this.#filter,
      filterArgs: this.#filterArgs,
      pending: this.#backlog.pending,
      skipped: this.#skipped,
      stallMs: this.#options.stallMs,
      held: () => record.held,
      released: () => this.#settings.requests?.releaseDeletes,
      events: {
        onRun: (result, run) => {
          this.#budget.spend(0.004 + run.paths.length * 0.00003, performance.now());
          record.onRun(result, this.#backlog.passes.running === undefined ? 'change' : 'pass');
          if (result.outcome === 'ok') this.#backoff.reset();
        },
        onBatch: (batch, renamed) => record.onBatch(batch, renamed),
        onHeld: (held) => {
          // A restart has to know at once.
          if (record.setHeld(held)) void this.#reporter.flush();
        },
        // What a pass would delete is counted by a pass: a release has to cover exactly that.
        onWithheld: () => this.requestPass('retry', []),
        onSubtrees: (paths, batch) => {
          this.#backlog.requestPassFor(batch, paths);
          this.#pumpSoon();
        },
        onDoubtful: (directories) => this.#backlog.addDirectories(directories),
        onPartial: (message) => {
          this.#pauseUntil = Date.now() + 500;
          record.onFailure({ reason: 'PartialTransfer', message });
        },
        onRenewed: () => this.#reporter.report(),
      },
    });
  }

  #pumpSoon(): void {
    if (this.#session !== undefined) setImmediate(() => this.#pump());
  }

  /** Starts whatever may start now, and comes back when something else may. */
  #pump(): void {
    clearTimeout(this.#timer);
    const session = this.#session;
    if (session === undefined || this.#stop.signal.aborted) return;
    this.#backlog.pull();
    const now = Date.now();
    let waitMs = this.#waitMs(now);
    while (waitMs <= 0 && session.mayStartBatch(now)) {
      const batch = this.#backlog.pending.take(batchNames);
      if (batch === undefined) break;
      this.#lastStartAt = now;
      void session.work(batch).then(() => this.#pump());
      waitMs = this.#waitMs(now);
    }
    void this.#maybeRunPass(session);
    if (this.#backlog.isWaiting) this.#timer = setTimeout(() => this.#pump(), Math.max(5, waitMs));
    else this.#reporter.report();
  }

  #waitMs(now: number): number {
    const spaced = this.#lastStartAt + this.#settings.sync.minIntervalMs - now;
    return Math.max(0, spaced, this.#pauseUntil - now, this.#budget.pauseMs(performance.now(), longestGatherMs));
  }

  async #maybeRunPass(session: Session): Promise<void> {
    const request = this.#backlog.passes.start();
    if (request === undefined) return;
    this.#options.metrics.onPassStarted(request.reason);
    const coveredAt = this.#record.initialPassDone ? null : this.#coveredAt;
    const since = coveredAt === null ? request.since : Math.min(coveredAt - clockDoubtMs, request.since ?? Infinity);
    const outcome = await session.runPass({ ...request, since });
    this.#backlog.passes.finish(outcome.kind === 'done');
    if (outcome.kind === 'done' && this.#record.onPassDone(request.subtrees.includes(''))) void this.#reporter.flush();
    if (outcome.kind === 'aborted') this.#timer = setTimeout(() => this.#pump(), 200);
    else this.#pump();
  }
}

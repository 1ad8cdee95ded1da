import type { Logger } from '../../../src/process/log/logger.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';
import { ControlFailure } from '../../protocol/connection/control-connection.ts';
import type { LeaseRequest } from '../../protocol/control.ts';
import type { RelPath } from '../changes/change.ts';
import type { Copier } from '../copies/copier.ts';
import type { AnnouncedLately } from '../deletions/announced-lately.ts';
import { Deleter } from '../deletions/deleter.ts';
import { LeaseKeeper } from '../link/lease/lease-keeper.ts';
import type { Link } from '../link/link.ts';
import { reasonOf } from '../link/reason-of.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import type { FullPass } from '../pass/full-pass.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import type { Run, RunResult } from '../rsync/run.ts';
import { StandbyPool } from '../rsync/standby.ts';
import { Dispatcher } from '../schedule/dispatcher.ts';
import type { ProcessorBudget } from '../schedule/processor-budget.ts';
import { Executor, type ExecutorOptions } from '../send/executor.ts';
import type { SmallReader } from '../small-files/read-small-file.ts';
import { findSmallWay } from '../small-files/small-way.ts';
import { excludesAt } from '../targets/excludes-at.ts';
import { growHeld } from './held/held-deletes.ts';
import type { RunOrder } from './replicator-edges.ts';
import type { SessionEnd } from './session-events.ts';
import { BigFiles } from './work/big-files.ts';
import { workOnBatch } from './work/change-work.ts';
import { Outcomes } from './work/outcomes.ts';
import { PassWork, type PassWorkBasis } from './work/pass-work.ts';

export interface SessionOptions extends PassWorkBasis {
  readonly holder: string;
  readonly lately: AnnouncedLately;
  readonly budget: ProcessorBudget;
  readonly locks: PathLocks;
  readonly startRun: (link: Link, order: RunOrder) => Run;
  /** What the target is told with each renewal. */
  readonly covered: () => Pick<LeaseRequest, 'coveredMs'>;
  readonly makeCopier?: (link: Link, whole: () => number) => Copier | undefined;
  readonly smallReader?: SmallReader;
  readonly untilSeen: ExecutorOptions['untilSeen'];
  readonly logger: Logger;
}

const batchNames = 4_000;

/** One connected stretch with a target: it ends as a whole, and what was under way is pending again. */
export class Session {
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #abort = new AbortController();
  readonly #runs = new Set<Run>();
  readonly #standby: StandbyPool;
  readonly #executor: Executor;
  readonly #deleter: Deleter;
  readonly #outcomes: Outcomes;
  readonly #dispatcher: Dispatcher;
  readonly #bigFiles: BigFiles;
  readonly #copier: Copier | undefined;
  readonly #passes: PassWork;
  readonly #lease: LeaseKeeper;
  #resolveEnd: (end: SessionEnd) => void = () => {};

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    const { settings, source, filter, backlog, clock, locks, link, untilSeen } = options;
    const { replacedAt } = backlog;
    this.#standby = new StandbyPool({
      small: findSmallWay(link, settings.sync, source.bytes, options.smallReader),
      start: () => this.#start({ flavor: 'content' }),
      onBroken: (run) => void run.finished.then((result) => this.#endBy(result)),
    });
    this.#executor = new Executor({
      sync: settings.sync,
      maxFileSize: settings.filter.maxFileSize,
      ...{ source, locks, clock, untilSeen, sentAs: backlog.sentAs },
      startRun: (flavor, path, isNew) => {
        this.#doubtRoot();
        return flavor === 'content' && path === undefined ? this.#standby.take() : this.#start({ flavor, path, isNew });
      },
      excludes: excludesAt(link, filter),
      isOwed: (path) => backlog.owed.has(path),
      isClear: (path) => this.#outcomes.isClear(path),
      hasHistory: link.hasHistory,
      onRun: (result) => this.#noteRun(result),
      onDoubtful: (directories) => {
        backlog.addDirectories(directories, replacedAt);
        // What failed beside a run has ended both its batch and the session before it.
        if (this.isOver) options.events.onLeftOver();
      },
    });
    this.#deleter = new Deleter({
      sync: settings.sync,
      filter: settings.filter,
      excludes: excludesAt(link, filter),
      ...{ source, locks, clock },
      signal: this.#abort.signal,
      lately: options.lately,
      whole: options.whole,
      control: link.control,
      epoch: link.epoch,
      startRun: (flavor) => this.#start({ flavor }),
      onRun: (result) => this.#noteRun(result),
      onDeleted: (count, isKept) => options.events.onDeleted(count, isKept),
    });
    this.#copier = options.makeCopier?.(link, options.whole);
    this.#outcomes = new Outcomes(backlog.owed, backlog.unacknowledged, clock, backlog.isUnlisted);
    this.#bigFiles = new BigFiles({
      clock,
      source,
      maxLagMs: settings.maxLagMs,
      lowAbove: settings.sync.lowPriorityAbove,
    });
    this.#dispatcher = new Dispatcher({
      clock,
      workers: settings.sync.workers,
      minIntervalMs: settings.sync.minIntervalMs,
      budget: options.budget,
      changesWaiting: () => backlog.waiting,
      startChanges: () => this.#startBatch(),
      nextDueAt: () => backlog.owed.nextDueAt,
      onDue: () => this.#passes.startDue(),
    });
    this.#passes = new PassWork({
      ...options,
      executor: this.#executor,
      deleter: this.#deleter,
      outcomes: this.#outcomes,
      dispatcher: this.#dispatcher,
      bigFiles: this.#bigFiles,
      signal: this.#abort.signal,
      startCompare: (links, onOutput, leftOut) =>
        this.#start({ flavor: links ? 'compareLinks' : 'compare', onOutput, leftOut }),
      onFailed: (result) => this.#endBy(result),
      onError: (error) => this.#endWith(error),
      onDone: () => this.pump(),
    });
    this.#lease = new LeaseKeeper({
      link,
      holder: options.holder,
      controllerEpoch: settings.controllerEpoch ?? 0,
      clock,
      covered: options.covered,
      onRenewed: options.events.onRenewed,
      onLost: (error) => this.#endWith(error),
    });
  }

  get isOver(): boolean {
    return this.#abort.signal.aborted;
  }

  /** What it was made with. */
  get options(): SessionOptions {
    return this.#options;
  }

  get pass(): FullPass | undefined {
    return this.#passes.running;
  }

  /** A mass is about to be put back: see `Deleter`, and its names are clear no more. */
  readonly beginMass = (): void => {
    this.#outcomes.doubtClear();
    this.#deleter.beginMass();
  };

  /** The log has something new, or a pass is wanted. */
  pump(): void {
    if (this.#abort.signal.aborted) {
      this.#options.events.onLeftOver();
      return;
    }
    this.#options.backlog.pull();
    this.#dispatcher.pump();
    this.#passes.start();
    if (this.#options.backlog.isEmpty) this.#options.events.onIdle();
  }

  /** Ends it: no more runs, those under way are killed. */
  stop(end: SessionEnd = { kind: 'stopped', reason: 'Internal', message: 'stopped' }): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    this.#lease.stop();
    this.#dispatcher.close();
    this.#standby.close();
    for (const run of this.#runs) run.kill();
    this.#resolveEnd(end);
  }

  #startBatch(): Promise<void> | undefined {
    const { pending } = this.#options.backlog;
    const batch = pending.take(batchNames);
    if (batch === undefined) return undefined;
    const work = this.#work(batch);
    this.#lease.watch(work);
    return work;
  }

  /** Never rejects: what can't be done ends the session, and is pending again. */
  async #work(batch: PendingBatch): Promise<void> {
    const { backlog, settings, source, locks, filter, link, events } = this.#options;
    try {
      const failed = await workOnBatch(batch, {
        sync: settings.sync,
        ...{ source, locks, filter, sentAs: backlog.sentAs },
        pending: backlog.pending,
        executor: this.#executor,
        copier: this.#copier,
        deleter: this.#deleter,
        outcomes: this.#outcomes,
        control: link.control,
        epoch: link.epoch,
        isOfFormerRoot: batch.oldestAt < backlog.replacedAt,
        onSubtrees: (paths) => backlog.requestPassFor(batch, paths),
        sendBig: (path, part) => void this.#sendBig(path, part),
        onDone: (done, renamed) => events.onBatch(done, renamed),
        onWithheld: ({ reason, paths }) => {
          this.#hold(reason, paths.length, paths);
          // What a pass would delete is counted by a pass: a release has to cover exactly that.
          backlog.requestPass('retry', []);
        },
      });
      if (failed !== undefined) this.#endBy(failed);
    } catch (error) {
      backlog.pending.retry(batch);
      this.#endWith(error);
    }
    if (backlog.owed.takeOverflow()) backlog.requestPass('unreadable', []);
    if (this.#abort.signal.aborted) events.onLeftOver();
    // Only now: what a comparison finds must not be taken for done with the batch that asked for it.
    else this.#passes.start();
  }

  async #sendBig(path: RelPath, part: PendingBatch): Promise<void> {
    const { pending } = this.#options.backlog;
    try {
      const done = await this.#bigFiles.send(path, this.#dispatcher, () => this.#copyOrSend(path, part));
      this.#outcomes.note(done, { sequence: part.sequence.first, at: part.oldestAt });
      if (done.failed === undefined && done.again.length === 0 && done.deletions.length === 0) {
        pending.done(part);
        this.#outcomes.done(part, [done]);
      } else pending.retry(part);
      if (done.failed !== undefined) this.#endBy(done.failed);
    } catch (error) {
      pending.retry(part);
      this.#endWith(error);
    }
    this.pump();
  }

  async #copyOrSend(path: RelPath, part: PendingBatch): ReturnType<Executor['sendBig']> {
    const isFresh = part.entries.get(path)?.kind === 'created';
    if (!isFresh || !(await this.#copier?.copy([path]))?.has(path)) return this.#executor.sendBig(path, isFresh);
    const plan = await this.#executor.plan({ content: [], attributes: [path], deletes: [] });
    const { deletions, parents } = plan;
    return { ...(await this.#executor.carryOut(plan)), deletions, parents };
  }

  #hold(reason: HeldDeletes['reason'], count: number, paths: readonly RelPath[]): void {
    const { held, released, events, clock } = this.#options;
    events.onHeld(growHeld(held(), { reason, count: (held()?.count ?? 0) + count, paths }, released(), clock.now()));
  }

  #noteRun(result: RunResult): void {
    this.#doubtRoot();
    this.#options.events.onRun(result, this.pass === undefined ? 'change' : 'pass');
  }

  /** A run, whose end not everybody lives to see, may read another directory that nobody has noticed: it is not known any more that the target has what the source was. */
  #doubtRoot(): void {
    if (this.#options.source.check() !== 'same') this.#options.proof?.forget();
  }

  #start(order: RunOrder): Run {
    const run = this.#options.startRun(this.#options.link, order);
    // Who waited for a lock meanwhile starts one all the same, and no daemon but ours tells its session from the next.
    if (this.isOver) run.kill();
    this.#runs.add(run);
    void run.finished.finally(() => this.#runs.delete(run));
    return run;
  }

  #endBy(result: RunResult): void {
    if (result.outcome === 'stopped' && this.#abort.signal.aborted) return;
    const kind = result.outcome === 'configuration' ? 'configuration' : 'again';
    this.stop({ kind, reason: result.reason ?? 'Internal', message: result.message });
  }

  #endWith(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const reason = reasonOf(error);
    if (reason === 'Internal' && !(error instanceof ControlFailure))
      this.#options.logger.error({ err: error }, 'session failed');
    this.stop({ kind: 'again', reason, message: error instanceof Error ? error.message : String(error) });
  }
}

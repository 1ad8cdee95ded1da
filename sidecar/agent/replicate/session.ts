import { randomUUID } from 'node:crypto';
import type { ReplicationSettings } from '../../../src/api/replication-settings.ts';
import type { Logger } from '../../../src/process/logger.ts';
import type { Filter } from '../../filter/filter.ts';
import type { HeldDeletes } from '../../protocol/agent-status.ts';
import { leaseRenewMs } from '../../protocol/control.ts';
import { ControlFailure } from '../../protocol/control-client.ts';
import { defaultRsyncTimeoutSeconds } from '../../protocol/receiver-layout.ts';
import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import { type Link, reasonOf } from '../link/link.ts';
import type { PathLocks } from '../locks/path-locks.ts';
import { FullPass, type PassOutcome, type PassRequest } from '../pass/full-pass.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import type { PendingSet } from '../pending/pending-set.ts';
import { type Flavor, rsyncFlags } from '../rsync/flags.ts';
import { escapeName } from '../rsync/itemize.ts';
import { RsyncRun, type RunResult } from '../rsync/run.ts';
import { StandbyPool } from '../rsync/standby.ts';
import type { Tunnel } from '../rsync/tunnel.ts';
import { Executor } from '../send/executor.ts';
import { listReplaced } from '../send/list-replaced.ts';
import type { Work } from '../send/plan-runs.ts';
import { tryRenames } from '../send/rename-hints.ts';
import type { SkippedEntries } from '../send/skipped-entries.ts';
import type { SourceRoot } from '../source/source-root.ts';
import { Semaphore } from './semaphore.ts';
import type { SessionEnd, SessionEvents } from './session-events.ts';

export interface SessionOptions {
  readonly link: Link;
  readonly settings: ReplicationSettings;
  readonly holder: string;
  readonly rsync: string;
  readonly source: SourceRoot;
  readonly filter: Filter;
  readonly filterArgs: readonly string[];
  readonly pending: PendingSet;
  readonly tunnel: Tunnel;
  readonly skipped: SkippedEntries;
  readonly stateDir: string;
  readonly stallMs: number;
  readonly held: () => HeldDeletes | null;
  readonly released: () => string | undefined;
  readonly events: SessionEvents;
  readonly locks: PathLocks;
  readonly logger: Logger;
}

const standbySize = 2;
const standbyMaxAgeMs = (defaultRsyncTimeoutSeconds * 1000) / 2;
const bigBatch = 500;

/** One connected stretch with a target: it ends as a whole, and what was under way is pending again. */
export class Session {
  readonly ended: Promise<SessionEnd>;
  readonly #options: SessionOptions;
  readonly #abort = new AbortController();
  readonly #runs = new Set<RsyncRun>();
  readonly #standby: StandbyPool;
  readonly #executor: Executor;
  readonly #renewTimer: NodeJS.Timeout;
  #resolveEnd: (end: SessionEnd) => void = () => {};
  #batches = new Map<PendingBatch, number>();
  #pass: FullPass | undefined;
  #typicalMs = 15;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    const { settings, source, skipped, filter, events } = options;
    this.#standby = new StandbyPool({
      size: standbySize,
      maxAgeMs: standbyMaxAgeMs,
      start: () => this.#start('content'),
      onBroken: (run) => void run.finished.then((result) => this.#endBy(result)),
    });
    this.#executor = new Executor({
      sync: settings.sync,
      source,
      locks: options.locks,
      standby: this.#standby,
      startRun: (flavor, path) => this.#start(flavor, { path }),
      slots: new Semaphore(settings.sync.workers),
      skipped,
      excludes: (path) => filter.excludes(path, false),
      onRun: (result, run) => events.onRun(result, run),
      onDoubtful: (directories) => events.onDoubtful(directories),
    });
    this.#renewTimer = setInterval(() => void this.#renewLease(), leaseRenewMs);
    this.#renewTimer.unref();
  }

  get epoch(): number {
    return this.#options.link.epoch;
  }

  get pass(): FullPass | undefined {
    return this.#pass;
  }

  /** How long a batch may take before another is started beside it: twice what they take, so that a busy machine gets fewer, larger ones. */
  get #patienceMs(): number {
    return Math.min(500, Math.max(30, 2 * this.#typicalMs));
  }

  /** A lone change leaves at once; while a run is under way changes gather, unless there are many or it takes long. */
  mayStartBatch(now: number): boolean {
    if (this.#abort.signal.aborted || this.#batches.size >= this.#options.settings.sync.workers) return false;
    if (this.#batches.size === 0 || this.#options.pending.size >= bigBatch) return true;
    return [...this.#batches.values()].every((startedAt) => now - startedAt > this.#patienceMs);
  }

  /** Works on one batch; resolves when it is done or pending again. Never rejects. */
  async work(batch: PendingBatch): Promise<void> {
    this.#batches.set(batch, Date.now());
    try {
      await this.#work(batch);
    } catch (error) {
      this.#options.pending.retry(batch, { renamesSent: true });
      this.#endWith(error);
    } finally {
      this.#onSent(batch);
    }
  }

  async runPass(request: PassRequest): Promise<PassOutcome> {
    const { settings, source, filter, skipped, stateDir, held, released, events, pending } = this.#options;
    const retry = (paths: readonly RelPath[], { sequence, at }: PassRequest): void => {
      for (const path of paths) pending.add({ sequence, at, change: { kind: 'content', path } });
    };
    const pass = new FullPass(request, {
      sync: settings.sync,
      source,
      stateDir,
      startCompare: (links, stdoutFd) => this.#start(links ? 'compareLinks' : 'compare', { stdoutFd }),
      execute: (work) => this.#execute(work),
      excludes: (path) => filter.excludes(path, false),
      isSent: (path, changedAt) => this.#executor.sent.has(path, changedAt),
      retry,
      retryDeleted: (paths) => {
        const { sequence, at } = request;
        for (const path of paths) pending.add({ sequence, at, change: { kind: 'delete', path } });
      },
      skip: (path, why) => skipped.add(path, why),
      held,
      released,
      onHeld: (value) => events.onHeld(value),
      signal: this.#abort.signal,
      now: () => Date.now(),
    });
    this.#pass = pass;
    // The comparison trusts size and time, which may be those of the older content that the target has.
    if (request.subtrees.includes('')) retry(skipped.paths, request);
    try {
      const outcome = await pass.run();
      if (outcome.failed !== undefined) this.#endBy(outcome.failed);
      return outcome;
    } catch (error) {
      this.#endWith(error);
      return { kind: 'aborted', entries: 0 };
    } finally {
      this.#pass = undefined;
    }
  }

  /** Ends it: no more runs, those under way are killed. */
  stop(end: SessionEnd = { kind: 'stopped', reason: 'Internal', message: 'stopped' }): void {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort();
    clearInterval(this.#renewTimer);
    this.#standby.close();
    for (const run of this.#runs) run.kill();
    this.#resolveEnd(end);
  }

  async #work(batch: PendingBatch): Promise<void> {
    const { pending, events, settings, link, source, filter } = this.#options;
    const mayRename = link.control !== undefined && settings.sync.delete === 'Mirror';
    const hints =
      batch.renames.length === 0
        ? undefined
        : await tryRenames(batch, {
            control: mayRename ? link.control : undefined,
            epoch: link.epoch,
            source,
            filter,
            preserve: settings.sync.preserve,
          });
    const parents = batch.renames.flatMap(({ from, path }) => [parentOf(from), parentOf(path)]);
    // A directory that is there again under a name that went is another one.
    const isDirectory = (path: RelPath): boolean => source.look(path).kind === 'directory';
    const back = batch.deletes.filter(isDirectory);
    const replaced = await listReplaced([...batch.replaced, ...back, ...(hints?.replaced ?? [])], source, filter);
    const subtrees = [
      ...batch.subtrees.map(({ path }) => path),
      ...(hints?.subtrees ?? []),
      ...replaced.subtrees,
      ...batch.movedAway.filter(isDirectory),
    ];
    if (subtrees.length > 0) events.onSubtrees(subtrees, batch);
    const done = await this.#execute(
      {
        content: [...batch.content, ...(hints?.content ?? []), ...replaced.content],
        attributes: [...batch.attributes, ...parents],
        deletes: [...batch.deletes, ...(hints?.deletes ?? [])],
      },
      () => this.#onSent(batch),
    );
    if (done.failed !== undefined) {
      pending.retry(batch, { renamesSent: true });
      this.#endBy(done.failed);
      return;
    }
    const again = [...done.retry, ...done.vanished];
    if (again.length > 0 || done.back.length > 0)
      pending.retry(batch, { paths: again, back: done.back, renamesSent: true });
    else pending.done(batch);
    if (done.retry.length > 0) events.onPartial('some entries could not be sent and are tried again');
    events.onBatch(batch, hints?.renamed ?? 0);
  }

  #onSent(batch: PendingBatch): void {
    const startedAt = this.#batches.get(batch);
    if (startedAt === undefined) return;
    this.#batches.delete(batch);
    this.#typicalMs += (Math.min(1_000, Date.now() - startedAt) - this.#typicalMs) / 8;
  }

  async #execute(work: Work, onSent?: () => void): ReturnType<Executor['execute']> {
    const done = await this.#executor.execute(work, onSent);
    if (done.withheld.length > 0) this.#withhold(done.withheld);
    return done;
  }

  #withhold(paths: readonly RelPath[]): void {
    const { held, events, source } = this.#options;
    const before = held();
    events.onHeld({
      id: before?.id ?? randomUUID().slice(0, 8),
      reason: before?.reason ?? (source.check() === 'same' ? 'SourceEmpty' : 'SourceReplaced'),
      count: (before?.count ?? 0) + paths.length,
      samples: [...(before?.samples ?? []), ...paths.map(escapeName)].slice(0, 10),
      since: before?.since ?? Date.now(),
    });
    events.onWithheld();
  }

  async #renewLease(): Promise<void> {
    const { link, holder, settings, events } = this.#options;
    try {
      const controllerEpoch = settings.controllerEpoch ?? 0;
      await link.control?.takeLease({ holder, epoch: link.epoch, controllerEpoch, takeOver: false });
      events.onRenewed();
    } catch (error) {
      this.#endWith(error);
    }
  }

  #start(
    flavor: Flavor,
    { path, stdoutFd }: { path?: RelPath | undefined; stdoutFd?: number | undefined } = {},
  ): RsyncRun {
    const { link, settings, source, tunnel, rsync, stallMs, filterArgs } = this.#options;
    const targetArgs = [...link.targetArgs, ...(path === undefined ? [] : link.partialArgs(path))];
    const run = new RsyncRun({
      rsync,
      flags: rsyncFlags(flavor, { sync: settings.sync, filterArgs, targetArgs }),
      source: `${source.path}/`,
      destination: link.destination,
      password: link.password,
      tunnel,
      dial: link.dial,
      roots: { source: source.bytes, target: link.targetRoot },
      stallMs,
      ...(stdoutFd === undefined ? {} : { stdoutFd }),
    });
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

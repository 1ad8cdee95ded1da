import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import { type Backoff, createBackoff } from '../../../src/process/backoff.ts';
import { errorAdvice, Failure } from '../../../src/process/failure.ts';
import { compileFilter, type Filter } from '../../filter/filter.ts';
import type { HeldDeletes, ReplicaStatus } from '../../protocol/agent-status.ts';
import type { Position } from '../../protocol/control.ts';
import type { RelPath, RescanReason } from '../changes/change.ts';
import { farewellMs, giveUpAfter } from '../link/give-up-after.ts';
import { Writer } from '../link/lease/writer.ts';
import type { Link } from '../link/link.ts';
import { EarlierCover } from '../link/notes/covered-since.ts';
import { judgeLost } from '../link/notes/lost-meanwhile.ts';
import { type Covered, PositionReporter } from '../link/position-reporter.ts';
import { reasonOf } from '../link/reason-of.ts';
import type { WaitForTarget } from '../link/wait-for-target.ts';
import { coveredBy } from '../relay/covered.ts';
import { meaningFor } from '../targets/changes-for-target.ts';
import { endsConnection } from '../targets/divide-replicas.ts';
import { KeptMassesOfTarget } from './held/kept-deletes.ts';
import type { ReplicatorOptions } from './replicator-options.ts';
import { pausedLookMs, retryMs } from './retry-ms.ts';
import { Session } from './session.ts';
import type { SessionEnd } from './session-events.ts';
import { askWith, makeArrivals } from './status/arrivals.ts';
import { describeReplica } from './status/describe-replica.ts';
import { isQuiet } from './status/in-sync.ts';
import { ReplicaRecord } from './status/replica-record.ts';
import { makeProofTeller, type ProofTeller } from './status/tell-proof.ts';
import { coveredUntil, lagOf } from './status/why-not-in-sync.ts';
import { verifyAccess } from './verify-access.ts';
import { Backlog, type PassExtra } from './work/backlog.ts';
import { makeCheckpoint } from './work/make-checkpoint.ts';

/** Keeps one target equal to the source: connects, works through what is pending, comes back by itself. */
export class Replicator {
  readonly #options: ReplicatorOptions;
  readonly #backlog: Backlog;
  readonly #writer: Writer;
  readonly #record: ReplicaRecord;
  readonly #filter: Filter;
  readonly #backoff: Backoff;
  readonly #wait: WaitForTarget;
  readonly #stop = new AbortController();
  readonly #reporter: PositionReporter;
  readonly #kept: KeptMassesOfTarget;
  readonly #proof: ProofTeller;
  #loop: Promise<void> | undefined;
  #session: Session | undefined;
  #settings: ReplicationSettings;
  /** Holds that a person let go; a later word for another target takes none back. */
  readonly #released = new Set<string | undefined>();
  readonly #earlier = new EarlierCover();
  /** The receiver's life that the last session was with. */
  #bootId: string | undefined;

  constructor(options: ReplicatorOptions) {
    const { target, settings, metrics, logger, clock } = options;
    this.#options = options;
    this.#writer = new Writer(options);
    this.#settings = settings;
    this.#released.add(settings.requests?.releaseDeletes);
    this.#record = new ReplicaRecord(target.name, metrics, logger);
    const hold = { held: () => this.#record.held, setHeld: (held: HeldDeletes | null) => this.#setHeld(held) };
    const put = { onPutBack: () => this.#session?.beginMass(), onBack: () => this.requestPass('requested', []) };
    this.#kept = new KeptMassesOfTarget({ target: target.name, clock, logger, ...hold, ...put });
    this.#kept.wish(settings.requests?.undelete);
    this.#filter = compileFilter(settings.filter);
    this.#backoff = createBackoff(settings.retry, options.random);
    this.#wait = options.wait(this.#stop.signal);
    this.#backlog = new Backlog(options, target.name, meaningFor(settings, this.#filter, options.source));
    options.observer?.attach(
      makeArrivals(this.#backlog, this.#record, this.#filter, () => this.#session?.options.link),
    );
    this.#proof = makeProofTeller(options.proof, options, this.#backlog, this.#record, () => this.#position);
    this.#reporter = new PositionReporter(clock, {
      covered: () => this.#covered(),
      ask: () => askWith(() => this.#backlog.unacknowledged.ask(), options.observer, this.#proof),
      isOwing: () => !this.#backlog.unacknowledged.isEmpty,
      isQuiet: this.#isQuiet,
    });
  }

  start(): void {
    this.#loop ??= this.#run();
    this.#options.verifying?.start(() => verifyAccess(this.#session, this.#record, this.#options.heldBack));
  }

  /** The log has something new. */
  readonly notify = (): void => this.#session?.pump();

  requestPass(reason: RescanReason, subtrees: readonly RelPath[], extra: PassExtra = {}): void {
    this.#backlog.requestPass(reason, subtrees, extra);
    if (extra.sourceReplaced) this.#options.proof?.forget();
    if (extra.mayBeProven) this.#options.proof?.prepare();
    if (this.#session !== undefined) this.#options.clock.after(0, () => this.#session?.pump());
  }

  /** The source directory is another one now: runs that stand in the old one are ended. */
  sourceChanged(): void {
    this.#session?.stop();
  }

  /** It is not watched any more: until all is compared anew, with nothing held, no more is covered than was by now. */
  sourceLost(): void {
    if (this.#record.uncover()) this.#earlier.keep(coveredUntil(this.#options, this.#backlog), this.#options.wall);
  }

  /** Takes settings that need no new session (requests, pause); the owner makes a new replicator for others. */
  update(settings: ReplicationSettings): void {
    const released = settings.requests?.releaseDeletes !== this.#settings.requests?.releaseDeletes;
    const asked = settings.requests?.sync !== this.#settings.requests?.sync;
    const ends = endsConnection(this.#settings, settings, this.#options.target.name);
    this.#kept.wish(settings.requests?.undelete);
    this.#settings = settings;
    this.#released.add(settings.requests?.releaseDeletes);
    if (asked || released) this.requestPass('requested', []);
    this.#options.verifying?.update(settings);
    if (ends) this.#session?.stop();
  }

  /** Has the target make a checkpoint for which the application is still, if it is. @returns null, or why not */
  checkpoint(isStill: () => Promise<boolean>): Promise<string | null> {
    return makeCheckpoint(this.#session?.options, this.#isQuiet, () => this.#reporter.checkpoint(isStill));
  }

  /** Everything known so far is on the target. */
  get idle(): boolean {
    return this.#backlog.isEmpty;
  }

  readonly underWay = (): ReturnType<Backlog['underWay']> => this.#backlog.underWay();
  /** When the oldest change that is not on the target was read, monotonic ms; infinite where all are. */
  readonly oldestAt = (): number => this.#backlog.oldestAt ?? Number.POSITIVE_INFINITY;

  async stop(): Promise<void> {
    this.#stop.abort();
    this.#options.verifying?.stop();
    if (this.#session !== undefined) await giveUpAfter(farewellMs, this.#reporter.flush());
    this.#session?.stop();
    await this.#loop;
    this.#record.onStopped();
    this.#backlog.close();
  }

  status(): ReplicaStatus {
    return describeReplica(this.#options, {
      backlog: this.#backlog,
      record: this.#record,
      kept: this.#kept,
      maxLagMs: this.#settings.maxLagMs,
      pass: this.#session?.pass,
      position: this.#session === undefined ? null : this.#position,
    });
  }

  get #position(): Position {
    return { epoch: this.#writer.epoch, sequence: this.#backlog.completedSequence };
  }

  readonly #lagMs = (): number => lagOf(this.#options, this.#backlog);
  readonly #isQuiet = (): boolean => isQuiet(this.status(), this.#lagMs());

  #covered(): Covered {
    const { held, lastFullPassAt, coversAll } = this.#record;
    const { source, wall } = this.#options;
    const boot = source.boot();
    return {
      position: this.#position,
      lagMs: this.#lagMs(),
      fullPassAt: lastFullPassAt,
      // Until the first pass is done nothing more is covered than an earlier writer has covered.
      note: {
        ...(coversAll ? { coveredAt: wall.earliest(coveredUntil(this.#options, this.#backlog)) } : this.#earlier.noted),
        held,
        boot,
      },
    };
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      if (this.#settings.paused) {
        this.#record.onPaused();
        await this.#wait(pausedLookMs, false);
        continue;
      }
      const end = await this.#connectAndWork();
      if (end.kind === 'stopped') continue;
      this.#record.onOffline(end);
      await this.#wait(retryMs(end, this.#backoff), end.reason === 'TargetUnreachable');
    }
  }

  async #connectAndWork(): Promise<SessionEnd> {
    let link: Link;
    try {
      link = await this.#writer.open(this.#settings);
      this.#options.proof?.open(link);
      this.#beforeSession(link);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === 'StaleEpoch') this.#writer.fence();
      return { kind: 'again', reason, message: errorAdvice(error) };
    }
    this.#reporter.open(link);
    // Before the first byte: who comes after us has to know that what changed since may have been sent, and changed again.
    if (this.#earlier.isUnsaid && !this.#record.initialPassDone && !(await this.#reporter.flush(this.#stop.signal))) {
      this.#reporter.close();
      link.close();
      const why = this.#reporter.whyNot ?? new Failure('TargetUnreachable', 'write the first note: no answer');
      return { kind: 'again', reason: reasonOf(why), message: errorAdvice(why) };
    }
    const session = this.#openSession(link);
    this.#session = session;
    // What was asked while the way was being opened found no session to end.
    if (this.#stop.signal.aborted || this.#settings.paused) session.stop();
    else session.pump();
    this.#kept.open(link);
    const end = await session.ended;
    this.#kept.close();
    this.#session = undefined;
    this.#reporter.close();
    if (end.reason === 'StaleEpoch') this.#writer.fence();
    // A lease that can't be used keeps the right writer waiting.
    if (this.#stop.signal.aborted || end.kind === 'configuration')
      await giveUpAfter(farewellMs, link.control?.releaseLease(link.epoch));
    link.close();
    return end;
  }

  /** What the target may have lost while we were away is owed again. */
  #beforeSession(link: Link): void {
    const isFirst = !this.#record.everOnline;
    const lost = judgeLost({ bootId: this.#bootId, acknowledged: this.#reporter.acknowledged }, link);
    if (!isFirst && lost.anything) this.requestPass('retry', [], { since: this.#reporter.heardAt });
    if (lost.unacknowledged) this.#backlog.addUnacknowledged();
    // Nothing will be run that could show it: a target that lost nothing is online as soon as it is reached.
    if (!isFirst && !lost.anything) this.#record.onSuccess();
    this.#bootId = link.life?.bootId;
    if (!isFirst) return;
    this.#earlier.read(link.note, this.#options, link.life === null);
    if (link.note !== undefined) this.#record.setHeld(link.note.held);
  }

  /** A restart has to know at once. */
  #setHeld(held: HeldDeletes | null): void {
    if (this.#record.setHeld(held)) void this.#reporter.flush();
  }

  #openSession(link: Link): Session {
    const record = this.#record;
    return new Session({
      ...this.#options,
      link,
      settings: this.#settings,
      holder: this.#writer.holder,
      filter: this.#filter,
      backlog: this.#backlog,
      held: () => record.held,
      released: () => (this.#released.has(record.held?.id) ? record.held?.id : undefined),
      whole: () => record.entries,
      covered: () => coveredBy(this.status(), this.#options.upstream),
      coveredBefore: () => (record.coversAll ? null : this.#earlier.before),
      events: {
        onRun: (result, trigger) => {
          record.onRun(result, trigger);
          if (result.outcome === 'ok') this.#backoff.reset();
        },
        onBatch: (batch, renamed) => {
          record.onBatch(batch, renamed);
          this.#options.verifying?.onBatch(batch);
          this.#options.observer?.onProgress();
        },
        onHeld: (held) => this.#setHeld(held ?? this.#kept.meant),
        onDeleted: (count, isKept) => {
          record.onDeleted(count);
          if (isKept) this.#kept.lookSoon();
        },
        onPassStarted: (reason) => this.#options.metrics.onPassStarted(reason),
        onPassDone: (whole, entries, since) => {
          if (record.onPassDone(whole, entries, since)) void this.#reporter.flush();
        },
        onPassWork: (operation, paths) => {
          // What a new target gets at first is no change.
          if (record.initialPassDone || this.#earlier.noted.coveredAt != null)
            this.#options.observer?.onPassWork(operation, paths);
        },
        onLeftOver: () => {
          if (this.#session?.isOver === false) this.#session.pump();
        },
        onIdle: () => this.#reporter.report(),
        onRenewed: () => {
          this.#reporter.report();
          this.#proof.look();
        },
      },
    });
  }
}

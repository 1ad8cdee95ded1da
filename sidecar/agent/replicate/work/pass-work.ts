import type { ReplicationSettings } from '../../../../src/api/settings/replication-settings.ts';
import type { Clock } from '../../../../src/process/clock.ts';
import type { Filter } from '../../../filter/filter.ts';
import type { HeldDeletes } from '../../../protocol/agent-status.ts';
import type { RelPath } from '../../changes/change.ts';
import { isAtOrBelow } from '../../changes/paths.ts';
import type { AnnouncedLately } from '../../deletions/announced-lately.ts';
import type { Deleter } from '../../deletions/deleter.ts';
import type { Link } from '../../link/link.ts';
import type { TargetProof } from '../../outline/target-proof.ts';
import { FullPass, type PassOutcome } from '../../pass/full-pass.ts';
import type { PassContext } from '../../pass/pass-context.ts';
import type { PassRequest } from '../../pass/pass-request.ts';
import type { Run, RunResult } from '../../rsync/run.ts';
import type { Dispatcher } from '../../schedule/dispatcher.ts';
import { type Executed, type Executor, nothingSent } from '../../send/executor.ts';
import type { SourceView } from '../../source/source-view.ts';
import { makeSourceReader, type SourceReader } from '../../verify/walk/source-reader.ts';
import { growHeld } from '../held/held-deletes.ts';
import type { SessionEvents } from '../session-events.ts';
import { type Backlog, clockDoubtMs } from './backlog.ts';
import type { BigFiles } from './big-files.ts';
import type { Outcomes } from './outcomes.ts';

/** What a session is made with that its comparisons need too. */
export interface PassWorkBasis {
  readonly link: Link;
  readonly settings: ReplicationSettings;
  readonly source: SourceView;
  readonly filter: Filter;
  readonly clock: Clock;
  readonly backlog: Backlog;
  readonly held: () => HeldDeletes | null;
  readonly released: () => string | undefined;
  /** Entries of the whole replica when they were counted last, 0 if never. */
  readonly whole: () => number;
  /** Until when (ms, the source's clock) an earlier writer has covered everything; null where it doesn't count. */
  readonly coveredBefore: () => number | null;
  readonly events: SessionEvents;
  /** Absent: a start compares everything. */
  readonly proof?: TargetProof | undefined;
  /** Absent: the source itself is read. */
  readonly sourceReader?: SourceReader;
}

export interface PassWorkOptions extends PassWorkBasis {
  readonly executor: Executor;
  readonly deleter: Deleter;
  readonly lately: AnnouncedLately;
  readonly outcomes: Outcomes;
  readonly dispatcher: Dispatcher;
  readonly bigFiles: BigFiles;
  readonly signal: AbortSignal;
  readonly startCompare: (
    ...of: [...Parameters<PassContext['startCompare']>, leftOut: readonly string[] | undefined]
  ) => Run;
  readonly onFailed: (result: RunResult) => void;
  readonly onError: (error: unknown) => void;
  readonly onDone: () => void;
}

interface Proven {
  readonly outcome: PassOutcome;
  readonly fullPassAt: number | null;
}

const repeatMs = 200;

/** Runs the comparisons that a session's backlog asks for, one after the other. */
export class PassWork {
  readonly #options: PassWorkOptions;
  #running: FullPass | undefined;

  constructor(options: PassWorkOptions) {
    this.#options = options;
  }

  get running(): FullPass | undefined {
    return this.#running;
  }

  /** Starts the next one, if one is wanted and none runs. */
  start(): void {
    const request = this.#options.backlog.passes.start();
    if (request !== undefined) void this.#run(request);
  }

  /** What was tried in vain is tried again; some of it by a comparison. */
  startDue(): void {
    this.#options.backlog.addDue();
    this.start();
  }

  async #run(request: PassRequest): Promise<void> {
    const { backlog, clock, events, coveredBefore, onDone, onError, onFailed } = this.#options;
    const isWhole = request.subtrees.includes('');
    const coveredAt = coveredBefore();
    const since = coveredAt === null ? request.since : Math.min(coveredAt - clockDoubtMs, request.since ?? Infinity);
    // The comparison trusts size and time, which may be those of the older content that the target has.
    if (isWhole) backlog.addOwed();
    let outcome: PassOutcome = { kind: 'aborted', entries: 0 };
    let proven: Proven | undefined;
    try {
      proven = request.mayBeProven ? await this.#prove(request) : undefined;
      outcome = proven?.outcome ?? (await this.#compare({ ...request, since }));
      if (outcome.failed !== undefined) onFailed(outcome.failed);
    } catch (error) {
      onError(error);
    }
    this.#running = undefined;
    backlog.passes.finish(outcome.kind === 'done');
    const counted = this.#leftOutOf(request) === undefined ? outcome.entries : this.#options.whole();
    if (outcome.kind === 'done') events.onPassDone(isWhole, counted, proven?.fullPassAt);
    if (outcome.kind === 'done') onDone();
    else clock.after(repeatMs, onDone);
  }

  #compare(request: PassRequest): Promise<PassOutcome> {
    this.#options.events.onPassStarted(request.reason);
    this.#running = new FullPass(request, this.#context(request));
    return this.#running.run();
  }

  /** Where it is known what changed while nobody watched, nothing else is compared. */
  async #prove(request: PassRequest): Promise<Proven | undefined> {
    const { proof, source, filter, sourceReader: reader = makeSourceReader(source.bytes) } = this.#options;
    const findings = await proof?.findings(filter);
    if (findings === undefined) return undefined;
    const { runProvenPass } = await import('../../outline/proven-pass.ts');
    const { compareNamed } = await import('../../outline/compare-named.ts');
    const outcome = await runProvenPass({
      request,
      context: this.#context(request),
      findings,
      compareNamed: (found) => compareNamed(found, { ...this.#options, reader }),
    });
    return outcome && { outcome, fullPassAt: findings.fullPassAt };
  }

  #leftOutOf({ reason }: PassRequest): readonly string[] | undefined {
    return reason === 'schedule' ? this.#options.settings.sync.fullPass.filter?.exclude : undefined;
  }

  #context(request: PassRequest): PassContext {
    const { settings, source, filter, clock, backlog, executor, deleter, link } = this.#options;
    const { dispatcher, bigFiles, held, released, events, outcomes, signal } = this.#options;
    const heldBefore = held();
    const unlisted = backlog.owed.paths.flatMap((path) => {
      const tries = backlog.owed.unreadTries(path);
      return tries === undefined ? [] : [{ path, tries }];
    });
    // What it finds is found on the root that is there now.
    const age = { sequence: request.sequence, at: Math.max(request.at, backlog.replacedAt) };
    /** The target may have what had the name of a FIFO while nobody looked. */
    const inDoubt = (leftOut: Executed['special']): RelPath[] =>
      leftOut.flatMap(({ path, why }) => (why === 'special-file' && !outcomes.isClear(path) ? [path] : []));
    const isPutBack = (): boolean => held()?.reason === 'Undeleted';
    // What was put back is not announced by the name that it has.
    const clear = (leftOut: Executed['special']): void => {
      if (!isPutBack()) backlog.addAgain(inDoubt(leftOut), age);
    };
    const note = (done: Executed): Executed => {
      outcomes.note(done, age);
      backlog.addUndone(done.again, age);
      clear(done.special);
      return done;
    };
    /** While it works changes and renames that meet the paths wait; those under way already are another's, and come again. */
    const claimed = async <T>(
      paths: readonly RelPath[],
      work: (isFree: (path: RelPath) => boolean) => Promise<T>,
    ): Promise<T> => {
      const { batch, busy } = backlog.pending.claim(paths, age);
      backlog.addUndone(busy, age);
      try {
        return await work((path) => batch.entries.has(path));
      } finally {
        backlog.pending.done(batch);
        if (signal.aborted) events.onLeftOver();
      }
    };
    return {
      sync: settings.sync,
      source,
      clock,
      signal,
      startCompare: (links, onOutput) => this.#options.startCompare(links, onOutput, this.#leftOutOf(request)),
      send: ({ content, attributes }) => {
        events.onPassWork('Write', [...content, ...attributes]);
        return dispatcher.bulk(() =>
          claimed([...content, ...attributes], async (isFree) => {
            const work = { content: content.filter(isFree), attributes: attributes.filter(isFree), deletes: [] };
            const plan = await executor.plan(work);
            return { ...note(await executor.carryOut(plan)), big: plan.big };
          }),
        );
      },
      sendBig: (path, isNew) => {
        events.onPassWork('Write', [path]);
        return bigFiles.send(path, dispatcher, () =>
          claimed([path], async (isFree) => {
            if (!isFree(path)) return nothingSent;
            const done = await executor.sendBig(path, isNew);
            return note({ ...done, again: [...done.again, ...done.deletions] });
          }),
        );
      },
      remove: async (cause, paths, parents) => {
        events.onPassWork('Delete', paths);
        const done = await dispatcher.bulk(() =>
          cause === 'found' ? deleter.remove(paths) : deleter.removeAnnounced(paths),
        );
        outcomes.noteDeleted(done, age);
        // Judged by a comparison they are not announced: another finds them.
        if (!signal.aborted) backlog.addDeleted(done.back, age);
        if (done.deleted.length === 0) return done;
        // What goes in a directory changes its time there: until it is the source's the comparison is not done.
        const times = await dispatcher.bulk(() =>
          claimed([...parents], async (isFree) => {
            const work = { content: [], attributes: [...parents].filter(isFree), deletes: [] };
            return note(await executor.carryOut(await executor.plan(work)));
          }),
        );
        return { ...done, failed: done.failed ?? times.failed };
      },
      excludes: (path) => filter.excludes(path, false),
      isSent: (path, changedAt) => executor.sent.has(path, changedAt),
      isPending: (path) => backlog.pending.has(path),
      // What has such a name by then may be excluded.
      onExplained: (paths) => backlog.addDeleted(paths, age),
      onBack: (paths) => backlog.requestPass('unreadable', paths),
      onAnnounced: (count) => this.#options.lately.note(count, clock.monotonic()),
      onLeftOut: (one) => {
        backlog.owed.owe(one.path, 'special', one.why, age, clock.monotonic());
        clear([one]);
      },
      mayBeBack: (leftOut) => (isPutBack() ? inDoubt(leftOut) : []),
      onUnreadable: (path, text, why) => {
        // What is missing here is judged, and may be held: it is not sent as what it is.
        if (why === 'unseen' && !['file', 'directory', 'symlink'].includes(source.look(path).kind)) return;
        backlog.owed.owe(path, why, text, age, clock.monotonic());
      },
      onListed: (tops, unread) => {
        if (this.#leftOutOf(request) !== undefined) return;
        const isIn = (path: RelPath, all: readonly RelPath[]): boolean => all.some((top) => isAtOrBelow(path, top));
        // What could not be read since then was not listed by this.
        for (const { path, tries } of unlisted)
          if (
            backlog.owed.unreadTries(path) === tries &&
            isIn(path, tops) &&
            !isIn(path, unread) &&
            backlog.isUnlisted(path)
          )
            backlog.owed.settle(path);
      },
      held,
      released,
      whole: this.#options.whole,
      canKeep: link.control !== undefined,
      onHeld: (found) => events.onHeld(growHeld(held(), found, released(), clock.now())),
      onNothingHeld: () => {
        // Of what was left out nothing was seen, nor of what was put back meanwhile.
        if (this.#leftOutOf(request) === undefined && held() === heldBefore) events.onHeld(null);
      },
    };
  }
}

import type { Clock } from '../../../../src/process/clock.ts';
import type { Change, RelPath, RescanReason } from '../../changes/change.ts';
import type { LostEvents } from '../../changes/lost-events.ts';
import { isAtOrBelow, pathsMeet } from '../../changes/paths.ts';
import { doubtsContent, isAnnounced, strongerReason } from '../../changes/rescan-reasons.ts';
import { smallest } from '../../changes/smallest.ts';
import type { WallTimes } from '../../changes/wall-times.ts';
import type { ChangeLog } from '../../log/change-log.ts';
import { PassSchedule } from '../../pass/pass-schedule.ts';
import type { PendingBatch } from '../../pending/pending-batch.ts';
import { PendingSet } from '../../pending/pending-set.ts';
import { RecentNames } from '../../send/names/recent-names.ts';
import { type OwedAge, OwedEntries } from '../../send/outcome/owed-entries.ts';
import type { SourceView } from '../../source/source-view.ts';
import { Unacknowledged } from './unacknowledged.ts';

const maxPending = 50_000;
const pullAtOnce = 4_096;
const namesShown = 3;
/** Clocks of two nodes may differ by so much. */
export const clockDoubtMs = 60_000;

/** What is said of a comparison besides: see PassRequest. */
export interface PassExtra {
  readonly sourceReplaced?: boolean;
  readonly mayBeProven?: boolean;
  /** What it is to find may be as old, monotonic ms; absent: nothing older than the request. */
  readonly since?: number;
}

/** All that one replica still owes: changes in the log it has not read, pending ones, those under way, what was tried in vain, and passes. */
export class Backlog {
  readonly pending = new PendingSet();
  readonly passes = new PassSchedule();
  readonly owed = new OwedEntries();
  readonly unacknowledged = new Unacknowledged();
  /** Which file (its inode) was sent last under a name. */
  readonly sentAs = new RecentNames<string>();
  readonly #clock: Clock;
  readonly #log: ChangeLog;
  readonly #cursor: string;
  #undoneAt = Number.NEGATIVE_INFINITY;
  #closedAt: number | undefined;
  readonly #lost: LostEvents;
  readonly #wall: WallTimes;
  readonly #source: Pick<SourceView, 'look' | 'canList'> | undefined;
  /** What a change means to this target. */
  readonly #meaning: (change: Change) => readonly Change[];
  #replacedAt = Number.NEGATIVE_INFINITY;

  constructor(
    {
      log,
      lost,
      wall,
      clock,
      source,
    }: {
      log: ChangeLog;
      lost: LostEvents;
      wall: WallTimes;
      clock: Clock;
      source?: Pick<SourceView, 'look' | 'canList'>;
    },
    cursor: string,
    meaning: (change: Change) => readonly Change[] = (change) => [change],
  ) {
    this.#meaning = meaning;
    this.#clock = clock;
    this.#log = log;
    this.#lost = lost;
    this.#wall = wall;
    this.#source = source;
    this.#cursor = cursor;
    log.createCursor(cursor, 'head');
    // Numbering goes on where it was before a restart.
    this.pending.pass({ sequence: log.lastSequence, at: clock.monotonic() });
  }

  close(): void {
    // Its status is asked for until others have ended too.
    this.#closedAt = this.readSequence;
    this.#log.removeCursor(this.#cursor);
  }

  /** The last change of the log that is known here. */
  get readSequence(): number {
    return this.#closedAt ?? this.#log.position(this.#cursor);
  }

  /** Changes in the log that are not yet pending. */
  get unread(): number {
    return this.#log.lastSequence - this.readSequence;
  }

  /** Changes that wait or are under way, without passes. */
  get changes(): number {
    return this.pending.size + this.pending.inFlightSize + this.unread + this.changing;
  }

  /** Batches that were begun: how many names, the age of the oldest change, the first names. */
  underWay(): { readonly names: number; readonly ageMs: number; readonly paths: readonly RelPath[] }[] {
    const now = this.#clock.monotonic();
    return [...this.pending.underWay].map(({ entries, renames, size, oldestAt }) => ({
      names: size + renames.length,
      ageMs: now - oldestAt,
      paths: [...entries.keys(), ...renames.map(({ path }) => path)].slice(0, namesShown),
    }));
  }

  /** Names that wait and that no batch has taken yet. */
  get waiting(): number {
    return Math.max(this.pending.size, this.pending.renameCount > 0 ? 1 : 0);
  }

  /** Names that were changed while they were sent, and that may not tell of it. */
  get changing(): number {
    return this.owed.count('changing');
  }

  get isEmpty(): boolean {
    return this.pending.isEmpty && this.passes.owed.length === 0 && this.unread === 0 && this.changing === 0;
  }

  /** When the first event of the oldest change that is not on the target was read, monotonic ms; undefined when there is none. */
  get oldestAt(): number | undefined {
    const times = [this.pending.oldestAt, ...this.passes.owed.map((request) => request.at)];
    for (const { why, at } of this.owed.owed()) if (why === 'changing') times.push(at);
    if (this.unread > 0 && this.#closedAt === undefined) times.push(this.#log.read(this.#cursor, 1)[0]?.at);
    return leastOf(times);
  }

  /** Before it all is on the target (monotonic, ms): also what the target refuses and the source does not let us read. */
  get coveredUntil(): number {
    const times = [this.oldestAt ?? this.#clock.monotonic(), ...[...this.owed.owed()].map(({ at }) => at)];
    return leastOf(times) as number;
  }

  /** Every change up to this one is on the target. */
  get completedSequence(): number {
    const before = this.passes.owed.map((request) => request.sequence - 1);
    return Math.max(0, smallest([this.pending.completedSequence, ...before]));
  }

  /** Moves changes from the log to the pending ones while there is room. */
  pull(): void {
    while (this.pending.size < maxPending && this.unread > 0) {
      const changes = this.#log.read(this.#cursor, pullAtOnce);
      const last = changes.at(-1);
      if (last === undefined) return;
      for (const { change, ...age } of changes) {
        this.pending.pass(age);
        for (const meant of this.#meaning(change)) this.pending.add({ ...age, change: meant });
      }
      this.#log.advance(this.#cursor, last.sequence);
    }
  }

  /**
   * Directories whose own attributes have to be sent once more. `replacedAt` as it was when they were met: of a former root's
   * nothing is known but what a comparison finds.
   */
  addDirectories(directories: readonly RelPath[], replacedAt: number): void {
    if (replacedAt !== this.#replacedAt) return;
    const age = { sequence: this.#log.lastSequence + 1, at: this.#clock.monotonic() };
    for (const path of directories) this.pending.add({ ...age, change: { kind: 'attributes', path } });
  }

  /** Names that have to be looked at and sent again. */
  addAgain(paths: readonly RelPath[], age: OwedAge): void {
    for (const path of paths) this.pending.add({ ...age, change: { kind: 'content', path } });
  }

  /** What a comparison of that age found and could not bring to the target. */
  addUndone(paths: readonly RelPath[], age: OwedAge): void {
    if (paths.length > 0) this.#undoneAt = Math.max(this.#undoneAt, age.at);
    this.addAgain(paths, age);
  }

  /** Something that a comparison found is not on the target yet: it may be older than anybody knows. */
  get owesFound(): boolean {
    return (this.pending.oldestAt ?? Number.POSITIVE_INFINITY) <= this.#undoneAt;
  }

  /** Names in which a verification found the target to differ. */
  addFound(paths: readonly RelPath[]): void {
    this.addAgain(paths, { sequence: this.#log.lastSequence + 1, at: this.#clock.monotonic() });
  }

  /** Whether something is known to be done, or to be done again, for a name or one below it. */
  concerns(path: RelPath): boolean {
    if (this.pending.meets(path) || this.owed.has(path) || this.owed.hasIn(path)) return true;
    return this.passes.owed.some(({ subtrees }) => subtrees.some((top) => pathsMeet(path, top)));
  }

  /** Names that were deleted and are there again. */
  addDeleted(paths: readonly RelPath[], age: OwedAge): void {
    for (const path of paths) this.pending.add({ ...age, change: { kind: 'delete', path } });
  }

  /** What was tried in vain and is due again: to be sent, or, of a directory that could not be listed, to be compared once it can. */
  addDue(): void {
    const now = this.#clock.monotonic();
    const listed: RelPath[] = [];
    let reason: RescanReason = 'retry';
    let since = now;
    for (const { path, why, text, ...age } of this.owed.takeDue(now)) {
      if (!this.isUnlisted(path)) this.addAgain([path], age);
      else if (this.#source?.canList?.(path) === false) this.owed.owe(path, why, text, age, now);
      else if (!this.#isToBeCompared(path)) {
        listed.push(path);
        if (why === 'unreadable') reason = why;
        since = Math.min(since, age.at);
      }
    }
    if (listed.length > 0) this.requestPass(reason, listed, { since: Math.max(since, this.#replacedAt) });
  }

  /** Whether it is a directory of which nobody could read what it holds: to send it says nothing of that. */
  readonly isUnlisted = (path: RelPath): boolean =>
    path !== '' && this.owed.unreadTries(path) !== undefined && this.#source?.look(path).kind === 'directory';

  #isToBeCompared(path: RelPath): boolean {
    return this.passes.owed.some(({ subtrees }) => subtrees.some((top) => isAtOrBelow(path, top)));
  }

  /** All that was tried in vain, due or not. */
  addOwed(): void {
    for (const { path, ...age } of this.owed.owed()) this.addAgain([path], age);
  }

  /** What is older was told of, or found, on a root which was replaced since; monotonic ms. */
  get replacedAt(): number {
    return this.#replacedAt;
  }

  /** The target may have lost what it had not yet acknowledged as durable. */
  addUnacknowledged(): void {
    if (this.unacknowledged.isEmpty) return;
    const { changes, subtrees, at } = this.unacknowledged.takeAll();
    const age = { sequence: this.#log.lastSequence + 1, at };
    this.pending.addLost(changes, age);
    if (subtrees.length > 0) this.#request('target-lost', subtrees, age, {});
  }

  /** Asks for a comparison of the given subtrees; of everything when there are none. */
  requestPass(reason: RescanReason, subtrees: readonly RelPath[], extra: PassExtra = {}): void {
    const { sourceReplaced, since: at = this.#clock.monotonic() } = extra;
    if (sourceReplaced) this.#replacedAt = this.#clock.monotonic();
    this.#request(reason, subtrees, { sequence: this.#log.lastSequence + 1, at }, extra);
  }

  /** Asks for the comparisons that a batch found necessary: they are as old as it. */
  requestPassFor(batch: PendingBatch, subtrees: readonly RelPath[]): void {
    const reasons: (RescanReason | undefined)[] = batch.subtrees.map(({ reason }) => reason);
    const sourceReplaced = batch.oldestAt < this.#replacedAt;
    const reason = reasons.reduce(strongerReason, sourceReplaced ? 'root-replaced' : undefined) ?? 'retry';
    const lost = new Set(batch.subtrees.flatMap(({ path, reason }) => (isAnnounced(reason) ? [] : [path])));
    const announced = sourceReplaced ? [] : subtrees.filter((path) => !lost.has(path));
    this.#request(reason, subtrees, { sequence: batch.sequence.first, at: batch.oldestAt }, { announced });
  }

  #request(
    reason: RescanReason,
    subtrees: readonly RelPath[],
    { sequence, at }: OwedAge,
    { sourceReplaced = false, announced = [], mayBeProven = false }: PassExtra & { announced?: readonly RelPath[] },
  ): void {
    const whole = subtrees.length === 0 || subtrees.includes('');
    const inDoubtSince = this.#inDoubtSince(reason, at);
    this.passes.request({
      subtrees: whole ? [''] : subtrees,
      reason,
      sequence,
      at,
      since: inDoubtSince === undefined ? undefined : this.#wall.earliest(inDoubtSince),
      // What it is to find may be of the former root.
      sourceReplaced: sourceReplaced || at < this.#replacedAt,
      announced,
      mayBeProven: mayBeProven && inDoubtSince === undefined,
    });
  }

  /** Where size and time may hide a change; what is older than the doubt (monotonic, ms) was seen. */
  #inDoubtSince(reason: RescanReason, at: number): number | undefined {
    if (!doubtsContent(reason)) return undefined;
    const lostSince = this.#lost.since(at);
    // What a full log gave up had been read: it is as old as its own changes.
    if (reason === 'target-lost') return at - clockDoubtMs;
    return reason === 'log-collapsed' ? Math.min(at - clockDoubtMs, lostSince ?? at) : (lostSince ?? at - clockDoubtMs);
  }
}

const leastOf = (times: readonly (number | undefined)[]): number | undefined => {
  let least: number | undefined;
  for (const at of times) if (at !== undefined && (least === undefined || at < least)) least = at;
  return least;
};

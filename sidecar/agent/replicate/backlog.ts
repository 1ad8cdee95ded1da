import type { RelPath, RescanReason } from '../changes/change.ts';
import type { LostEvents } from '../changes/lost-events.ts';
import { doubtsContent, strongerReason } from '../changes/rescan-reasons.ts';
import type { ChangeLog } from '../log/change-log.ts';
import { PassSchedule } from '../pass/pass-schedule.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import { PendingSet } from '../pending/pending-set.ts';

const maxPending = 50_000;
const pullAtOnce = 4_096;
/** Clocks of two nodes may differ by so much. */
export const clockDoubtMs = 60_000;

/** All that one replica still owes: changes in the log it has not read, pending ones, those under way, and passes. */
export class Backlog {
  readonly pending = new PendingSet();
  readonly passes = new PassSchedule();
  readonly #log: ChangeLog;
  readonly #cursor: string;
  readonly #lost: LostEvents;

  constructor(log: ChangeLog, cursor: string, lost: LostEvents) {
    this.#log = log;
    this.#lost = lost;
    this.#cursor = cursor;
    log.createCursor(cursor, 'head');
  }

  close(): void {
    this.#log.removeCursor(this.#cursor);
  }

  /** Changes in the log that are not yet pending. */
  get unread(): number {
    return this.#log.lastSequence - this.#log.position(this.#cursor);
  }

  /** Changes that wait or are under way, without passes. */
  get changes(): number {
    return this.pending.size + this.pending.inFlightSize + this.unread;
  }

  /** Changes wait that no batch has taken yet. */
  get isWaiting(): boolean {
    return this.pending.size > 0 || this.unread > 0;
  }

  get isEmpty(): boolean {
    return this.pending.isEmpty && this.passes.owed.length === 0 && this.unread === 0;
  }

  /** When the first event of the oldest change that is not on the target was read, ms; undefined when there is none. */
  get oldestAt(): number | undefined {
    const times = [this.pending.oldestAt, ...this.passes.owed.map((request) => request.at)];
    if (this.unread > 0) times.push(this.#log.read(this.#cursor, 1)[0]?.at);
    const known = times.filter((at) => at !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  /** Every change up to this one is on the target. */
  get completedSequence(): number {
    return Math.min(this.pending.completedSequence, ...this.passes.owed.map((request) => request.sequence - 1));
  }

  /** Moves changes from the log to the pending ones while there is room. */
  pull(): void {
    while (this.pending.size < maxPending && this.unread > 0) {
      const changes = this.#log.read(this.#cursor, pullAtOnce);
      const last = changes.at(-1);
      if (last === undefined) return;
      for (const change of changes) this.pending.add(change);
      this.#log.advance(this.#cursor, last.sequence);
    }
  }

  /** Directories whose own attributes have to be sent once more. */
  addDirectories(directories: readonly RelPath[]): void {
    const age = { sequence: this.#log.lastSequence, at: Date.now() };
    for (const path of directories) this.pending.add({ ...age, change: { kind: 'attributes', path } });
  }

  /** Asks for a comparison of the given subtrees; of everything when there are none. */
  requestPass(reason: RescanReason, subtrees: readonly RelPath[], sourceReplaced = false): void {
    this.#request(reason, subtrees, this.#log.lastSequence + 1, Date.now(), sourceReplaced);
  }

  /** Asks for the comparisons that a batch found necessary: they are as old as it. */
  requestPassFor(batch: PendingBatch, subtrees: readonly RelPath[]): void {
    const reasons: (RescanReason | undefined)[] = batch.subtrees.map(({ reason }) => reason);
    const reason = reasons.reduce(strongerReason, undefined) ?? 'retry';
    this.#request(reason, subtrees, batch.sequence.first, batch.oldestAt, false);
  }

  #request(reason: RescanReason, subtrees: readonly RelPath[], sequence: number, at: number, sourceReplaced: boolean) {
    const whole = subtrees.length === 0 || subtrees.includes('');
    this.passes.request({
      subtrees: whole ? [''] : subtrees,
      reason,
      sequence,
      at,
      since: this.#inDoubtSince(reason, at),
      sourceReplaced,
    });
  }

  /** Where size and time may hide a change; what is older than the doubt was seen. */
  #inDoubtSince(reason: RescanReason, at: number): number | undefined {
    if (!doubtsContent(reason)) return undefined;
    const lostSince = this.#lost.since(at);
    // What a full log gave up had been read: it is as old as its own changes.
    return reason === 'log-collapsed' ? Math.min(at - clockDoubtMs, lostSince ?? at) : (lostSince ?? at - clockDoubtMs);
  }
}

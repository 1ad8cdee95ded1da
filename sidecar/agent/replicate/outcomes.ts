import type { Clock } from '../../../src/process/clock.ts';
import type { RelPath } from '../changes/change.ts';
import type { Deleted } from '../deletions/deleter.ts';
import { coversBelow } from '../pending/coalesce.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import type { Executed } from '../send/executor.ts';
import type { OwedAge, OwedEntries } from '../send/owed-entries.ts';
import type { Unacknowledged } from './unacknowledged.ts';

/** Writes down what became of each entry: it is settled, or owed; and what was sent is at risk until it is durable. */
export class Outcomes {
  readonly #owed: OwedEntries;
  readonly #unacknowledged: Unacknowledged;
  readonly #clock: Clock;

  constructor(owed: OwedEntries, unacknowledged: Unacknowledged, clock: Clock) {
    this.#owed = owed;
    this.#unacknowledged = unacknowledged;
    this.#clock = clock;
  }

  note({ arrived, refused, changing, special }: Executed, age: OwedAge): void {
    const now = this.#clock.monotonic();
    for (const path of arrived) this.#owed.settle(path);
    for (const { path, why, text } of refused) this.#owed.owe(path, why, text, age, now);
    for (const path of changing) this.#owed.owe(path, 'changing', 'it was changed while it was read', age, now);
    for (const { path, why } of special) this.#owed.owe(path, 'special', why, age, now);
    this.arrived(arrived);
  }

  noteDeleted({ deleted, refused }: Deleted, age: OwedAge): void {
    const now = this.#clock.monotonic();
    this.#owed.settleBelow(new Set(deleted));
    for (const { path, why, text } of refused) this.#owed.owe(path, why, text, age, now);
    this.arrived(deleted);
  }

  /** Renames were made at the target: what is owed under the old names is so under the new ones. */
  renamed(renames: readonly { readonly from: RelPath; readonly path: RelPath }[]): void {
    for (const { from, path } of renames) {
      this.#owed.rename(from, path);
      this.arrived([from, path]);
    }
  }

  /**
   * A batch is done. One of its names that is in no list of what became of it is under another name by now, or below what is
   * no directory any more: nothing is owed for it, nor for what lies below a name that was sent with all below it. `elsewhere`: big files, each of which ends by itself.
   */
  done(
    { entries }: Pick<PendingBatch, 'entries'>,
    work: readonly (Partial<Executed & Deleted> | undefined)[],
    elsewhere: readonly RelPath[] = [],
  ): void {
    const owed = new Set<RelPath>(elsewhere);
    for (const { refused = [], changing = [], special = [] } of work.filter((one) => one !== undefined)) {
      for (const { path } of refused) owed.add(path);
      for (const path of changing) owed.add(path);
      for (const { path } of special) owed.add(path);
    }
    const whole = new Set<RelPath>();
    for (const [path, { kind, moved }] of entries) {
      // Where a rename began or ended nothing may have been sent.
      if (kind === 'moved-away' || (moved !== undefined && kind === 'none')) continue;
      if (!owed.has(path)) this.#owed.settle(path);
      if (coversBelow(kind)) whole.add(path);
    }
    if (whole.size > 0) this.#owed.settleBelow(whole, owed);
    this.arrived(entries.keys());
  }

  /** Names that the target may have to be sent again when it loses power. */
  arrived(paths: Iterable<RelPath>): void {
    this.#unacknowledged.sent(paths, this.#clock.monotonic());
  }
}

import type { Clock } from '../../../../src/process/clock.ts';
import type { RelPath } from '../../changes/change.ts';
import type { Deleted } from '../../deletions/deleter.ts';
import { coversBelow } from '../../pending/coalesce.ts';
import type { PendingBatch } from '../../pending/pending-batch.ts';
import type { Rename } from '../../pending/rename-list.ts';
import type { Executed } from '../../send/executor.ts';
import type { OwedAge, OwedEntries } from '../../send/outcome/owed-entries.ts';
import type { Unacknowledged } from './unacknowledged.ts';

/** Writes down what became of each entry: it is settled, or owed; and what was sent is at risk until it is durable. */
export class Outcomes {
  readonly #owed: OwedEntries;
  readonly #unacknowledged: Unacknowledged;
  readonly #clock: Clock;
  readonly #isUnlisted: (path: RelPath) => boolean;
  /** Of what is left out, the names under which the target is known to have nothing. */
  readonly #clear = new Set<RelPath>();

  constructor(
    owed: OwedEntries,
    unacknowledged: Unacknowledged,
    clock: Clock,
    isUnlisted: (path: RelPath) => boolean = () => false,
  ) {
    this.#owed = owed;
    this.#unacknowledged = unacknowledged;
    this.#clock = clock;
    this.#isUnlisted = isUnlisted;
  }

  note({ arrived, refused, changing, special }: Executed, age: OwedAge): void {
    const now = this.#clock.monotonic();
    for (const path of arrived) {
      this.#settle(path);
      this.#clear.delete(path);
    }
    for (const { path, why, text } of refused) this.#owed.owe(path, why, text, age, now);
    for (const path of changing) this.#owed.owe(path, 'changing', 'it was changed while it was read', age, now);
    for (const { path, why } of special) this.#owed.owe(path, 'special', why, age, now);
    this.#unacknowledged.sent(arrived, now);
  }

  /** `leftOut`: what is not copied by its nature, and took a name that the target may have had. */
  noteDeleted({ deleted, refused }: Deleted, age: OwedAge, leftOut: Executed['special'] = []): void {
    const now = this.#clock.monotonic();
    const names = new Set(leftOut.map(({ path }) => path));
    this.#owed.settleBelow(new Set(deleted), names);
    for (const path of deleted) if (names.has(path)) this.#clear.add(path);
    for (const { path, why, text } of refused) this.#owed.owe(path, why, text, age, now);
    this.#unacknowledged.deleted(deleted, now);
  }

  /** What the target had was taken away under names of directories that are there again. */
  cleared(paths: Iterable<RelPath>): void {
    this.#unacknowledged.deleted(paths, this.#clock.monotonic());
  }

  isClear(path: RelPath): boolean {
    return this.#clear.has(path);
  }

  /** The target is given back what it had. */
  doubtClear(): void {
    this.#clear.clear();
  }

  /** A batch is begun: a name that went, or under which something was made, gave its directory another time, and is not left out unseen. */
  begun({ entries }: Pick<PendingBatch, 'entries'>): void {
    for (const path of this.#clear) {
      const kind = entries.get(path)?.kind;
      if (kind === 'created' || (kind !== undefined && coversBelow(kind))) this.#clear.delete(path);
    }
  }

  /** Renames were made at the target: what is owed under the old names is so under the new ones. */
  renamed(renames: readonly Rename[]): void {
    if (renames.length > 0) this.#clear.clear();
    for (const rename of renames) {
      this.#owed.rename(rename.from, rename.path);
      this.#unacknowledged.renamed(rename, this.#clock.monotonic());
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
    for (const [path, { kind, moved, subtree }] of entries) {
      // Where a rename began or ended nothing may have been sent, and what is only to be compared was not.
      if (kind === 'moved-away' || (kind === 'none' && (moved ?? subtree) !== undefined)) continue;
      if (!owed.has(path)) this.#settle(path);
      if (coversBelow(kind)) whole.add(path);
    }
    if (whole.size > 0) this.#owed.settleBelow(whole, owed);
    this.#atRisk(entries);
  }

  /** Of a directory that could not be listed only itself was sent; but that may have been what allows it now. */
  #settle(path: RelPath): void {
    if (this.#isUnlisted(path)) this.#owed.hurry(path, this.#clock.monotonic());
    else this.#owed.settle(path);
  }

  /** What was deleted is noted where it was: it may have been held. */
  #atRisk(entries: PendingBatch['entries']): void {
    const now = this.#clock.monotonic();
    for (const [path, { kind }] of entries) {
      if (kind === 'delete' || kind === 'moved-away') continue;
      // Before what has its name now.
      if (coversBelow(kind)) this.#unacknowledged.deleted([path], now);
      else this.#unacknowledged.sent([path], now);
    }
  }
}

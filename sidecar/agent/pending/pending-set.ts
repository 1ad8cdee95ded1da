import type { Change, LoggedChange, RelPath } from '../changes/change.ts';
import type { PathTree } from '../changes/path-tree.ts';
import { isAtOrBelow, pathsMeet, rebasePath } from '../changes/paths.ts';
import { InFlight } from './in-flight.ts';
import { type Age, type Dirt, isRecursive, type Mark, restsOnRename } from './mark.ts';
import { makeBatch, type PendingBatch } from './pending-batch.ts';
import { PendingTree, pathOfMark } from './pending-tree.ts';
import { appendRename, type Rename, splitRenames } from './rename-list.ts';

export interface PendingSetOptions {
  /** Renames kept as hints; beyond it they are forgotten and their names are sent. */
  readonly maxRenames?: number;
}

/** What of a batch is to be done again: see `PendingSet.retry`. */
interface Again {
  readonly paths?: readonly RelPath[];
  readonly back?: readonly RelPath[];
  readonly times?: { readonly paths: readonly RelPath[]; readonly age: Age } | undefined;
}

/**
 * What one target still has to do. It rests on one sentence: take the target's tree, apply the renames in order, and
 * every name in which it then differs from the source is marked, under way, or below such a one.
 */
export class PendingSet {
  readonly #pending = new PendingTree();
  readonly #inFlight = new InFlight();
  readonly #maxRenames: number;
  #renames: Rename[] = [];
  #lastBatch = 0;
  #lastSequence = 0;
  #lastAt = 0;

  constructor({ maxRenames = 20_000 }: PendingSetOptions = {}) {
    this.#maxRenames = maxRenames;
  }

  /** Names that wait, without those under way. */
  get size(): number {
    return this.#pending.marks.size;
  }

  get inFlightSize(): number {
    return this.#inFlight.size;
  }

  get underWay(): Iterable<PendingBatch> {
    return this.#inFlight.batches;
  }

  get renameCount(): number {
    return this.#renames.length;
  }

  /** Nothing waits and nothing is under way. */
  get isEmpty(): boolean {
    return this.size === 0 && this.#renames.length === 0 && this.#inFlight.isEmpty;
  }

  /** When the first event of the oldest change that waits or is under way was read; undefined if there is none. */
  get oldestAt(): number | undefined {
    let oldest = this.#inFlight.oldestAt;
    for (const { at } of this.#pending.marks) oldest = Math.min(oldest ?? at, at);
    return oldest;
  }

  /** Every change up to this one is on the target. */
  get completedSequence(): number {
    const pending = this.#pending.marks.oldest?.sequence ?? Number.POSITIVE_INFINITY;
    const first = Math.min(pending, this.#inFlight.firstSequence ?? Number.POSITIVE_INFINITY);
    return first === Number.POSITIVE_INFINITY ? this.#lastSequence : first - 1;
  }

  /** Whether a name waits or is under way, by itself or with all below one above it. */
  has(path: RelPath): boolean {
    return this.#pending.covers(path) || this.#inFlight.meets(path, false);
  }

  /** The same, or a name below it: then a directory's own times may be about to change. */
  meets(path: RelPath): boolean {
    return this.#pending.meets(path) || this.#inFlight.meets(path, true);
  }

  /** A change that asks for nothing here has been seen too. */
  pass({ sequence, at }: Age): void {
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
    this.#lastAt = at;
  }

  add({ sequence, at, change }: LoggedChange): void {
    this.pass({ sequence, at });
    const age = { sequence, at };
    if (change.kind === 'move') this.#move(change, age);
    else if (change.kind === 'subtree')
      this.#pending.note(change.path, { event: 'subtree', reason: change.reason, ...age });
    else if (change.kind === 'content' && change.created === true)
      this.#pending.note(change.path, { event: 'create', ...age });
    else this.#pending.note(change.path, { event: change.kind, ...age });
  }

  /**
   * What was done and may be lost at the target: beneath what waits, which is newer. It may have each renamed thing under either
   * name, or neither: no rename that waits is relied on, and one that was made only where nothing waits at its names.
   */
  addLost(changes: readonly Change[], age: Age): void {
    this.#renames = [];
    this.#pending.distrustRenames();
    if (!changes.some((change) => change.kind === 'move' && (this.meets(change.from) || this.meets(change.path)))) {
      for (const change of changes) this.add({ ...age, change });
      return;
    }
    this.pass(age);
    const note = (path: RelPath, kind: Dirt['kind']): void =>
      void this.#pending.noteOlder(path, { kind, moved: undefined, subtree: undefined, ...age });
    for (const change of [...changes].reverse()) {
      if (change.kind === 'move') {
        note(change.path, 'replaced');
        note(change.from, 'delete');
      } else if (change.kind !== 'subtree') note(change.path, change.kind);
    }
  }

  /**
   * Hands over up to `limit` names, the oldest first, and leaves out those that meet what is under way. Renames go
   * together, with the names that rest on them, whatever the limit; one that meets what is under way waits for that, and
   * with it what touches its names. Undefined if nothing can be done now.
   */
  take(limit: number): PendingBatch | undefined {
    const { free, waiting, waitingEnds } = splitRenames(this.#renames, (end) => this.#inFlight.meets(end, true));
    const taken = new Map<RelPath, Dirt>();
    for (const mark of this.#pending.marks) {
      if (taken.size >= limit && free.length === 0) break;
      if (taken.size >= limit && !restsOnRename(mark)) continue;
      const path = pathOfMark(mark);
      if (this.#inFlight.meets(path, isRecursive(mark))) continue;
      if (waiting.length > 0 && meetsEnd(waitingEnds, path, mark)) continue;
      const { kind, moved, subtree, sequence, at } = mark;
      taken.set(path, { kind, moved, subtree, sequence, at });
      this.#pending.remove(mark);
    }
    if (taken.size === 0 && free.length === 0) return undefined;
    this.#renames = [...waiting];
    this.#lastBatch += 1;
    const batch = makeBatch(this.#lastBatch, free, taken, { sequence: this.#lastSequence, at: this.#lastAt });
    this.#inFlight.add(batch);
    return batch;
  }

  /**
   * Puts names under way that were found otherwise than by a change, so that changes and renames that meet them wait: as a
   * batch of their own, and those left out (`busy`) that meet what is under way already.
   */
  claim(paths: readonly RelPath[], { sequence, at }: Age): { batch: PendingBatch; busy: readonly RelPath[] } {
    const entries = new Map<RelPath, Dirt>();
    const busy: RelPath[] = [];
    for (const path of paths) {
      if (this.#inFlight.meets(path, false)) busy.push(path);
      else entries.set(path, { kind: 'content', moved: undefined, subtree: undefined, sequence, at });
    }
    this.#lastBatch += 1;
    const batch = makeBatch(this.#lastBatch, [], entries, { sequence, at });
    this.#inFlight.add(batch);
    return { batch, busy };
  }

  /**
   * Parts names from a batch under way, each into a batch of its own, so that each ends by itself. The renames, which are
   * done by then, stay with the first.
   */
  divide(batch: PendingBatch, paths: readonly RelPath[]): { rest: PendingBatch; parts: readonly PendingBatch[] } {
    const entries = new Map(batch.entries);
    const age = { sequence: batch.sequence.first, at: batch.oldestAt };
    const parts = paths.map((path) => {
      const dirt = entries.get(path) ?? this.#contentOf(batch);
      entries.delete(path);
      this.#lastBatch += 1;
      return makeBatch(this.#lastBatch, [], new Map([[path, dirt]]), age);
    });
    const rest = makeBatch(batch.id, batch.renames, entries, age);
    this.#inFlight.remove(batch);
    for (const part of [rest, ...parts]) this.#inFlight.add(part);
    return { rest, parts };
  }

  /**
   * The batch is on the target, all of it. What happened at the source while it ran must have been added before: a run
   * copies what it finds, which may be ahead of the changes, and a rename of that would carry the wrong thing along.
   * Changes that come later all the same do no harm as long as what renames moved is compared by size and time.
   */
  done(batch: PendingBatch): void {
    this.#inFlight.remove(batch);
  }

  /**
   * The batch, or of it only `paths`, has to be done again. A path that was not in it lay below one of its names.
   * `back`: names that were to be deleted, or above such, which are there again and another thing.
   * `times`: directories whose time what was deleted in them has changed, which the source's is to stand for: it goes with what comes next.
   * The target may have seen some of its renames, so that none can be relied on.
   */
  retry(batch: PendingBatch, { paths, back = [], times }: Again = {}): void {
    if (!this.#inFlight.remove(batch)) return;
    const again: (readonly [RelPath, Dirt])[] =
      paths === undefined
        ? [...batch.entries]
        : [
            ...paths.map((path) => [path, batch.entries.get(path) ?? this.#contentOf(batch)] as const),
            ...back.map((path) => [path, { ...this.#contentOf(batch), kind: 'delete' }] as const),
            ...(times?.paths ?? []).map(
              (path) => [path, { ...this.#contentOf(batch), ...times?.age, kind: 'attributes' }] as const,
            ),
          ];
    let near: Mark | undefined;
    for (const [path, dirt] of again.sort(([, a], [, b]) => a.sequence - b.sequence)) {
      const mark = this.#pending.noteOlder(path, withoutRename(dirt), near);
      near = mark.sequence <= dirt.sequence ? mark : undefined;
    }
  }

  #move({ from, path, isDirectory }: Rename, age: { sequence: number; at: number }): void {
    if (pathsMeet(from, path)) {
      this.#pending.replace(isAtOrBelow(from, path) ? path : from, age);
      return;
    }
    if (!this.#pending.mayBeAtTarget(from)) {
      this.#pending.note(from, { event: 'delete', ...age });
      if (isDirectory) this.#pending.replace(path, age);
      else this.#pending.note(path, { event: 'content', ...age });
      return;
    }
    this.#pending.carry(from, path, isDirectory, age);
    this.#carryInFlight(from, path, age);
    const joined = appendRename(this.#renames, { from, path, isDirectory });
    // The target never has what moved under the name between, but may have another thing there.
    if (joined) this.#pending.note(from, { event: 'delete', ...age });
    this.#boundRenames();
  }

  /**
   * A run under way at or around `from` may have missed what moved, or sent what took its name since. So whatever the
   * rename carries along from there is another thing.
   */
  #carryInFlight(from: RelPath, path: RelPath, age: { sequence: number; at: number }): void {
    if (this.#inFlight.above(from).length > 0) this.#pending.replace(path, age);
    for (const [below, { sequence, at }] of this.#inFlight.below(from)) {
      const dirt: Dirt = { kind: 'replaced', moved: undefined, subtree: undefined, sequence, at };
      this.#pending.noteOlder(rebasePath(below, from, path), dirt);
    }
  }

  #boundRenames(): void {
    if (this.#renames.length <= this.#maxRenames) return;
    this.#renames = [];
    this.#pending.distrustRenames();
  }

  #contentOf({ sequence, oldestAt }: PendingBatch): Dirt {
    return { kind: 'content', moved: undefined, subtree: undefined, sequence: sequence.first, at: oldestAt };
  }
}

const withoutRename = (dirt: Dirt): Dirt => {
  if (dirt.moved) return { ...dirt, kind: 'replaced', moved: undefined, subtree: undefined };
  return dirt.kind === 'moved-away' ? { ...dirt, kind: 'delete' } : dirt;
};

/** Whether a mark is at or below the end of a rename that waits, or acts on one. */
const meetsEnd = (ends: PathTree<true>, path: RelPath, mark: Dirt): boolean => {
  const { onTheWay, complete } = ends.meet(path);
  return (complete && isRecursive(mark)) || onTheWay.some((node) => node.value === true);
};

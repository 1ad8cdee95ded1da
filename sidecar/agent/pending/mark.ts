import type { RescanReason } from '../changes/change.ts';
import type { PathNode } from '../changes/path-tree.ts';
import type { MarkKind } from './coalesce.ts';
import { coversBelow } from './coalesce.ts';

/** How old a change is: its sequence, and when it was read (monotonic, ms). */
export interface Age {
  readonly sequence: number;
  readonly at: number;
}

/** What is noted for one name, without its place. */
export interface Dirt extends Age {
  readonly kind: MarkKind;
  /** It came here by a rename that is handed over with it: expected to be equal once that rename has succeeded. */
  readonly moved: 'file' | 'directory' | undefined;
  /** All below has to be compared, and why. */
  readonly subtree: RescanReason | undefined;
}

/** Dirt on its node of the tree, in a list ordered by age. */
export interface Mark extends Dirt {
  kind: MarkKind;
  moved: 'file' | 'directory' | undefined;
  subtree: RescanReason | undefined;
  sequence: number;
  at: number;
  node: PathNode<Mark>;
  older: Mark | undefined;
  newer: Mark | undefined;
}

/** Whether acting on it touches what lies below its name. */
export const isRecursive = (dirt: Dirt): boolean =>
  dirt.moved !== undefined || dirt.subtree !== undefined || coversBelow(dirt.kind);

export const isClean = (dirt: Dirt): boolean =>
  dirt.kind === 'none' && dirt.moved === undefined && dirt.subtree === undefined;

/** Whether it only holds as long as the renames before it succeed. */
export const restsOnRename = (dirt: Dirt): boolean => dirt.moved !== undefined || dirt.kind === 'moved-away';

/** Marks in the order of their sequence, oldest first: an intrusive list, so that a mark costs no second entry. */
export class AgeList {
  #oldest: Mark | undefined;
  #newest: Mark | undefined;
  #size = 0;

  get oldest(): Mark | undefined {
    return this.#oldest;
  }

  get size(): number {
    return this.#size;
  }

  /** Oldest first; the mark just yielded may be removed. */
  *[Symbol.iterator](): Generator<Mark> {
    for (let mark = this.#oldest, next = mark?.newer; mark !== undefined; mark = next, next = mark?.newer) yield mark;
  }

  /** Puts a mark in its place. `near`: a mark in the list that is no newer, to search on from. */
  insert(mark: Mark, near?: Mark): void {
    const before = this.#newestUpTo(mark.sequence, near);
    mark.older = before;
    mark.newer = before === undefined ? this.#oldest : before.newer;
    if (mark.older === undefined) this.#oldest = mark;
    else mark.older.newer = mark;
    if (mark.newer === undefined) this.#newest = mark;
    else mark.newer.older = mark;
    this.#size += 1;
  }

  /** Looks from both ends, since what comes late is either about the newest or about the oldest. */
  #newestUpTo(sequence: number, near: Mark | undefined): Mark | undefined {
    let before = near;
    for (let back = this.#newest; ; back = back.older) {
      if (back === undefined || back.sequence <= sequence) return back;
      const next: Mark | undefined = before === undefined ? this.#oldest : before.newer;
      if (next === undefined || next.sequence > sequence) return before;
      before = next;
    }
  }

  remove(mark: Mark): void {
    if (mark.older === undefined) this.#oldest = mark.newer;
    else mark.older.newer = mark.newer;
    if (mark.newer === undefined) this.#newest = mark.older;
    else mark.newer.older = mark.older;
    mark.older = undefined;
    mark.newer = undefined;
    this.#size -= 1;
  }

  /** Makes `mark` as old as `other`; both are in the list, `other` leaves it afterwards. */
  takeAge(mark: Mark, other: Mark): void {
    mark.at = Math.min(mark.at, other.at);
    if (other.sequence >= mark.sequence) return;
    this.remove(mark);
    mark.sequence = other.sequence;
    this.insert(mark, other);
  }
}

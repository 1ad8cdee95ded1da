import type { Attributes, Before, HistoryRecord } from '../journal/history-record.ts';

/** What was at a place in the past, where it differs from what is there now. */
export interface PastNode {
  /** The place where it is now; null where nothing was. Entries below are below it, but for `children`. */
  base: string | null;
  /** What its attributes were, where that is known to differ from now. */
  attributes?: Attributes;
  isDirectory?: boolean;
  /** What was there could not be kept: now is as good as it gets. */
  isLost?: boolean;
  children?: Map<string, PastNode>;
}

/** Whether something is at a place now. */
export type IsThere = (place: string) => boolean;

/**
 * All places as they were: begins as now, and goes back as records are undone, the last one first. Pure but for `isThere`.
 * Its size is that of what differs.
 */
export class PastTree {
  readonly root: PastNode = { base: '' };
  readonly #isThere: IsThere;

  constructor(isThere: IsThere) {
    this.#isThere = isThere;
  }

  /** Undoes one record of a segment. An `unmoved` and the move before it are left out by the caller. */
  undo(record: HistoryRecord, segment: string): void {
    if (record.kind === 'write') this.#undoWrite(record.place, record.before, segment);
    else if (record.kind === 'move') this.#undoMove(record.from, record.to);
    else if (record.kind === 'lost') this.#ensure(record.place).isLost = true;
  }

  /** What was at a place. */
  find(place: string): PastNode {
    let node = this.root;
    for (const name of namesOf(place)) node = node.children?.get(name) ?? { base: below(node.base, name) };
    return node;
  }

  #undoWrite(place: string, before: Before, segment: string): void {
    if (before.kind === 'directory') {
      const node = this.#ensure(place);
      const { kind: _, ...attributes } = before;
      node.attributes = attributes;
      node.isDirectory = true;
      return;
    }
    if (before.kind === 'absent') {
      this.#put(place, { base: null });
      return;
    }
    const { kind: _, number, ...attributes } = before;
    const kept = this.find(`past/${segment}/${number}`);
    // It was noted and not kept: then nothing was changed either.
    if (kept.base === null || !this.#isThere(kept.base)) return;
    this.#put(place, { base: kept.base, attributes });
  }

  #undoMove(from: string, to: string): void {
    const node = this.find(to);
    const wasMoved = node.children !== undefined || (node.base !== null && this.#isThere(node.base));
    if (!wasMoved) return;
    this.#put(to, { base: null });
    this.#put(from, node);
  }

  #put(place: string, node: PastNode): void {
    const names = namesOf(place);
    const name = names.pop();
    if (name === undefined) return;
    const parent = this.#ensure(names.join('/'));
    parent.children ??= new Map();
    parent.children.set(name, node);
  }

  #ensure(place: string): PastNode {
    let node = this.root;
    for (const name of namesOf(place)) {
      node.children ??= new Map();
      let child = node.children.get(name);
      if (child === undefined) {
        child = { base: below(node.base, name) };
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }
}

const namesOf = (place: string): string[] => (place === '' ? [] : place.split('/'));

export const below = (base: string | null, name: string): string | null =>
  base === null ? null : base === '' ? name : `${base}/${name}`;

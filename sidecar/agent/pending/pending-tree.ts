import type { RelPath, RescanReason } from '../changes/change.ts';
import { type PathNode, PathTree, pathOf, valuesBelow } from '../changes/path-tree.ts';
import { strongerReason } from '../changes/rescan-reasons.ts';
import { coalesce, coversBelow, eventOfKind, type MarkEvent, type MarkKind, thereAgain } from './coalesce.ts';
import { type Age, AgeList, type Dirt, isClean, isRecursive, type Mark } from './mark.ts';

/** What happened to one name. */
export interface NameEvent extends Age {
  readonly event: MarkEvent;
  readonly reason?: RescanReason;
}

/** The marks of one target on the tree of names: what the table says of one name, carried to what is above and below. */
export class PendingTree {
  readonly #tree = new PathTree<Mark>();
  readonly #marks = new AgeList();

  get marks(): AgeList {
    return this.#marks;
  }

  /** Whether a mark of its own, or one above that reaches below, says that there is work to do for a name. */
  covers(path: RelPath): boolean {
    const { onTheWay, complete } = this.#tree.meet(path);
    const own = complete ? onTheWay.at(-1) : undefined;
    return onTheWay.some((node) => node.value !== undefined && (node === own || isRecursive(node.value)));
  }

  /** The same, or something marked lies below it. */
  meets(path: RelPath): boolean {
    return this.covers(path) || this.#tree.find(path) !== undefined;
  }

  /** Notes an event. Afterwards every name that was in need of work still is, by its own mark or one above. */
  note(path: RelPath, happened: NameEvent): void {
    const { event } = happened;
    const { onTheWay, complete } = this.#tree.meet(path);
    const own = complete ? onTheWay.at(-1) : undefined;
    for (const node of onTheWay) {
      const above = node.value;
      if (above === undefined || node === own) continue;
      if (above.kind === 'replaced' || above.kind === 'remade') return;
      if (coversBelow(above.kind)) {
        // Something below a name that went: so the name is there again.
        if (event !== 'delete') this.#become(above, thereAgain(above.kind));
        return;
      }
      if (above.subtree !== undefined && (event === 'attributes' || event === 'subtree')) {
        if (event === 'subtree') compare(above, happened.reason ?? 'requested', happened.at);
        return;
      }
    }
    const mark = own?.value ?? this.#make(path, happened);
    if (event === 'attributes' && mark.subtree !== undefined) return;
    this.#become(mark, coalesce[mark.kind][event]);
    if (event === 'subtree' && !coversBelow(mark.kind)) {
      compare(mark, happened.reason ?? 'requested', happened.at);
      this.#absorb(mark);
    }
  }

  /** Notes that another thing may have taken this name; the target's may still be what is to be there. */
  replace(path: RelPath, age: Age): void {
    this.note(path, { event: 'delete', ...age });
    this.note(path, { event: 'create', ...age });
    const own = this.#tree.get(path);
    if (own?.kind === 'remade') own.kind = 'replaced';
  }

  /** Whether the target, once all renames before are applied, may have what is called `path` now under this name. */
  mayBeAtTarget(path: RelPath): boolean {
    let isNew = false;
    for (const { value } of this.#tree.meet(path).onTheWay) {
      if (value === undefined) continue;
      if (coversBelow(value.kind)) return false;
      if (value.moved) isNew = false;
      if (value.kind === 'created') isNew = true;
    }
    return !isNew;
  }

  /** Carries all marks at and below `from` to `path`, for a rename that the target will make too. */
  carry(from: RelPath, path: RelPath, isDirectory: boolean, age: Age): void {
    const inherited = this.#subtreeAbove(from);
    const carried = this.#tree.detach(from);
    const overwritten = this.#tree.detach(path);
    const above = this.#tree.meet(path).onTheWay.find((node) => node.value && coversBelow(node.value.kind))?.value;
    if (above !== undefined) {
      this.#become(above, thereAgain(above.kind));
      this.#discard(carried, above);
      this.#discard(overwritten, above);
    } else {
      if (carried !== undefined) this.#tree.attach(path, carried);
      const mark = carried?.value ?? this.#make(path, age);
      if (inherited?.subtree !== undefined) compare(mark, inherited.subtree, inherited.at);
      if (mark.subtree !== undefined) this.#absorb(mark);
      if (isDirectory || mark.kind !== 'content') mark.moved = isDirectory ? 'directory' : 'file';
      this.#discard(overwritten, mark);
    }
    const gone = this.#make(from, age);
    gone.kind = 'moved-away';
  }

  /** Puts dirt of earlier changes beneath what was noted since. `near`: where to begin in the list. */
  noteOlder(path: RelPath, older: Dirt, near?: Mark): Mark {
    const { onTheWay, complete } = this.#tree.meet(path);
    const own = complete ? onTheWay.at(-1) : undefined;
    const above = onTheWay.find((node) => node !== own && node.value && coversBelow(node.value.kind))?.value;
    if (above !== undefined) return this.#makeOlder(above, older);
    const mark = own?.value ?? this.#make(path, older, near);
    this.#makeOlder(mark, older);
    if (coversBelow(mark.kind)) return mark;
    mark.moved ??= older.moved;
    mark.subtree = strongerReason(mark.subtree, older.subtree);
    const newer = mark.kind;
    if (newer === 'none') {
      const isThereAgain = own?.children !== undefined && (older.kind === 'delete' || older.kind === 'moved-away');
      this.#become(mark, isThereAgain ? thereAgain(older.kind) : older.kind);
    } else if (newer === 'attributes' || newer === 'created' || newer === 'content') {
      this.#become(mark, coalesce[older.kind][eventOfKind[newer]]);
    }
    if (mark.subtree !== undefined) this.#absorb(mark);
    return mark;
  }

  /** Makes every mark that rests on a rename hold by itself. */
  distrustRenames(): void {
    for (const mark of [...this.#marks]) {
      if (mark.node.value !== mark) continue;
      if (mark.moved) this.#become(mark, 'replaced');
      else if (mark.kind === 'moved-away') this.#become(mark, 'delete');
    }
  }

  remove(mark: Mark): void {
    this.#marks.remove(mark);
    mark.node.value = undefined;
    this.#tree.prune(mark.node);
  }

  #subtreeAbove(path: RelPath): Mark | undefined {
    const { onTheWay, complete } = this.#tree.meet(path);
    const ancestors = complete ? onTheWay.slice(0, -1) : onTheWay;
    return ancestors.find((node) => node.value?.subtree !== undefined)?.value;
  }

  #make(path: RelPath, { sequence, at }: Age, near?: Mark): Mark {
    const node = this.#tree.ensure(path);
    const place = { node, older: undefined, newer: undefined };
    const mark: Mark = { kind: 'none', moved: undefined, subtree: undefined, sequence, at, ...place };
    node.value = mark;
    this.#marks.insert(mark, near);
    return mark;
  }

  #become(mark: Mark, kind: MarkKind): void {
    mark.kind = kind;
    if (!coversBelow(kind)) return;
    mark.moved = undefined;
    mark.subtree = undefined;
    const children = mark.node.children;
    mark.node.children = undefined;
    for (const child of children?.values() ?? []) this.#discard(child, mark);
  }

  /** Takes the marks of detached nodes off the list; `heir` is in charge of them now, and so as old. */
  #discard(detached: PathNode<Mark> | undefined, heir: Mark): void {
    if (detached === undefined) return;
    for (const { node, value } of valuesBelow(detached)) {
      this.#marks.takeAge(heir, value);
      this.#marks.remove(value);
      node.value = undefined;
    }
  }

  /** A subtree comparison finds by itself what differs below in attributes, and what smaller comparisons would. */
  #absorb(mark: Mark): void {
    if (mark.kind === 'attributes') mark.kind = 'none';
    for (const { value } of [...valuesBelow(mark.node)]) {
      if (value === mark) continue;
      if (value.subtree !== undefined) compare(mark, value.subtree, value.at);
      value.subtree = undefined;
      if (value.kind === 'attributes') value.kind = 'none';
      if (!isClean(value)) continue;
      this.#marks.takeAge(mark, value);
      this.remove(value);
    }
  }

  #makeOlder(mark: Mark, { sequence, at }: Age): Mark {
    mark.at = Math.min(mark.at, at);
    if (sequence < mark.sequence) {
      this.#marks.remove(mark);
      mark.sequence = sequence;
      this.#marks.insert(mark);
    }
    return mark;
  }
}

/** Has all below a mark compared, for changes of which the oldest was read at `at`. */
function compare(mark: Mark, reason: RescanReason, at: number): void {
  mark.subtree = strongerReason(mark.subtree, reason);
  mark.at = Math.min(mark.at, at);
}

/** The path of a mark, as it is called now. */
export const pathOfMark = (mark: Mark): RelPath => pathOf(mark.node);

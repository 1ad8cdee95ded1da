import type { RelPath } from './change.ts';
import { type PathNode, PathTree, pathOf, valuesBelow } from './path-tree.ts';

/** More are not kept: the oldest is left to the slow look at all files. */
const maxFiles = 1_000;
/** What stayed the same for so long is left to it too. */
const quietMs = 5 * 60_000;
/** The kernel writes pages to disk after so long; until then more may be written to them without a trace in any time. */
const dirtyMs = 40_000;

interface OpenFile {
  node: PathNode<OpenFile>;
  /** When its inode was changed last, by the file system's clock, ms. */
  changedAt: number;
  /** Monotonic, ms. */
  movedAt: number;
  readonly since: number;
  /** What was written without a trace right after its first events has been looked for. */
  isSure: boolean;
}

/**
 * Files that somebody may be writing although no event says so: they were written and not closed, which may go on through
 * a mapping; or they got their name as a link, and are written under another name, which may be gone.
 */
export class OpenFiles {
  readonly #changedAt: (path: RelPath) => number | undefined;
  readonly #dirtyMs: number;
  readonly #tree = new PathTree<OpenFile>();
  readonly #files = new Set<OpenFile>();

  /** `changedAt` answers the ctime of a regular file, ms, and undefined for whatever is none. */
  constructor(changedAt: (path: RelPath) => number | undefined, options: { readonly dirtyMs?: number } = {}) {
    this.#changedAt = changedAt;
    this.#dirtyMs = options.dirtyMs ?? dirtyMs;
  }

  get size(): number {
    return this.#files.size;
  }

  /** `now` is monotonic, ms. */
  add(path: RelPath, now: number): void {
    const changedAt = this.#changedAt(path);
    if (changedAt === undefined) return;
    const known = this.#tree.get(path);
    if (known !== undefined) {
      known.changedAt = changedAt;
      known.movedAt = now;
      return;
    }
    const node = this.#tree.ensure(path);
    node.value = { node, changedAt, movedAt: now, since: now, isSure: false };
    this.#files.add(node.value);
    if (this.#files.size <= maxFiles) return;
    for (const oldest of this.#files) {
      this.#remove(oldest);
      break;
    }
  }

  remove(path: RelPath): void {
    const file = this.#tree.get(path);
    if (file !== undefined) this.#remove(file);
  }

  removeAtAndBelow(path: RelPath): void {
    const gone = this.#tree.detach(path);
    if (gone !== undefined) for (const { value } of valuesBelow(gone)) this.#files.delete(value);
  }

  move(from: RelPath, path: RelPath): void {
    this.removeAtAndBelow(path);
    const moved = this.#tree.detach(from);
    if (moved !== undefined) this.#tree.attach(path, moved);
  }

  /** Those that were changed since they were looked at last, or may have been. */
  takeChanged(now: number): RelPath[] {
    const changed: RelPath[] = [];
    for (const file of [...this.#files]) {
      const path = pathOf(file.node);
      const changedAt = this.#changedAt(path);
      if (changedAt === undefined || now - file.movedAt > quietMs) this.#remove(file);
      else if (changedAt !== file.changedAt || (!file.isSure && now - file.since > this.#dirtyMs)) {
        file.isSure ||= changedAt === file.changedAt;
        file.changedAt = changedAt;
        file.movedAt = now;
        changed.push(path);
      }
    }
    return changed;
  }

  #remove(file: OpenFile): void {
    this.#files.delete(file);
    file.node.value = undefined;
    this.#tree.prune(file.node);
  }
}

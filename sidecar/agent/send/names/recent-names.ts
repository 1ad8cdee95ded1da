import type { RelPath } from '../../changes/change.ts';
import { isAtOrBelow, rebasePath } from '../../changes/paths.ts';

/** Remembers something of names, bounded: the newest `capacity` to twice as many of them. */
export class RecentNames<T> {
  readonly #capacity: number;
  #young = new Map<RelPath, T>();
  #old = new Map<RelPath, T>();

  constructor(capacity = 8_192) {
    this.#capacity = capacity;
  }

  get(path: RelPath): T | undefined {
    return this.#young.get(path) ?? this.#old.get(path);
  }

  set(path: RelPath, what: T): void {
    if (this.#young.size >= this.#capacity) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(path, what);
  }

  delete(path: RelPath): void {
    this.#young.delete(path);
    this.#old.delete(path);
  }

  /** What was under one name is under another now, in place of what was there; of a directory all that is below. */
  renamed(from: RelPath, path: RelPath, isDirectory: boolean): void {
    for (const [name] of this.#at(path, isDirectory)) this.delete(name);
    for (const [name, what] of this.#at(from, isDirectory)) {
      this.delete(name);
      this.set(rebasePath(name, from, path), what);
    }
  }

  /** A name may come twice: what is older comes first. */
  *entries(): Generator<[RelPath, T]> {
    yield* this.#old;
    yield* this.#young;
  }

  #at(top: RelPath, isDirectory: boolean): readonly (readonly [RelPath, T])[] {
    if (isDirectory) return [...this.entries()].filter(([name]) => isAtOrBelow(name, top));
    const what = this.get(top);
    return what === undefined ? [] : [[top, what]];
  }
}

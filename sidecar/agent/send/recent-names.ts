import type { RelPath } from '../changes/change.ts';

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

  /** A name may come twice: what is older comes first. */
  *entries(): Generator<[RelPath, T]> {
    yield* this.#old;
    yield* this.#young;
  }
}

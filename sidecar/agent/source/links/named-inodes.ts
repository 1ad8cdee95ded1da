import type { RelPath } from '../../changes/change.ts';
import { isAtOrBelow, parentOf } from '../../changes/paths.ts';

/** Which file (`device:inode`) each of some names is; those below a directory are looked for only where there are any. */
export class NamedInodes {
  readonly #inodes = new Map<RelPath, string>();
  /** Names at any depth below each directory that has some. */
  readonly #below = new Map<RelPath, number>();

  get size(): number {
    return this.#inodes.size;
  }

  has(path: RelPath): boolean {
    return this.#inodes.has(path);
  }

  get(path: RelPath): string | undefined {
    return this.#inodes.get(path);
  }

  set(path: RelPath, inode: string): void {
    if (!this.#inodes.has(path)) this.#count(path, 1);
    this.#inodes.set(path, inode);
  }

  delete(path: RelPath): void {
    if (this.#inodes.delete(path)) this.#count(path, -1);
  }

  /** The name that was added first is forgotten. */
  forgetOldest(): void {
    const [oldest] = this.#inodes.keys();
    if (oldest !== undefined) this.delete(oldest);
  }

  atOrBelow(path: RelPath, isDirectory: boolean): RelPath[] {
    if (!isDirectory) return this.has(path) ? [path] : [];
    const count = (this.#below.get(path) ?? 0) + (this.has(path) ? 1 : 0);
    return count === 0 ? [] : [...this.#inodes.keys()].filter((name) => isAtOrBelow(name, path));
  }

  #count(path: RelPath, by: number): void {
    for (let at = path; at !== ''; ) {
      at = parentOf(at);
      const count = (this.#below.get(at) ?? 0) + by;
      if (count === 0) this.#below.delete(at);
      else this.#below.set(at, count);
    }
  }
}

import type { RelPath } from '../../changes/change.ts';
import { atCurrent, pathMax, type WatchCalls } from '../inotify/libc.ts';
import type { DirectoryNode, WatchTree } from './watch-tree.ts';

/** The directory isn't (any more, or yet) where the tree says it is: an event about that is still to come. */
export const misplaced = Symbol('misplaced');

/**
 * Opens directories of the tree. A path may be out of date by the time it is used: another directory may have taken
 * its place. So a parent is opened by path, proven by its watch descriptor, and the child opened relative to it.
 * The last proven parent stays open until `release`, which must be called before control goes back to the event loop
 * (an open root would never report its own end, and would keep the file system from being unmounted).
 */
export class DirectoryOpener {
  readonly #calls: WatchCalls;
  readonly #tree: WatchTree;
  readonly #root: string;
  readonly #watch: (descriptor: number, isRoot: boolean) => number;
  readonly #unwatch: (wd: number) => void;
  #proven: { node: DirectoryNode; wd: number; descriptor: number } | undefined;

  /** `root` is the absolute path as a binary string; `watch` adds the watch and answers a wd or a negated errno. */
  constructor(
    calls: WatchCalls,
    tree: WatchTree,
    root: string,
    watch: (descriptor: number, isRoot: boolean) => number,
    unwatch: (wd: number) => void,
  ) {
    this.#calls = calls;
    this.#tree = tree;
    this.#root = root;
    this.#watch = watch;
    this.#unwatch = unwatch;
  }

  /** A descriptor that the caller closes, a negated errno, or `misplaced` when the parent can't be proven. */
  open(node: DirectoryNode): number | typeof misplaced {
    if (node.parent === undefined) return this.#openPath('');
    const parent = this.#prove(node.parent);
    return parent === undefined ? misplaced : this.#calls.openDirectory(parent, node.name);
  }

  /** Whether the directory that is now at a path is the one watched as `wd`. */
  isAt(path: RelPath, wd: number): boolean {
    const descriptor = this.#openPath(path);
    if (descriptor < 0) return false;
    const found = this.#identify(descriptor, path === '');
    this.#calls.close(descriptor);
    return found === wd;
  }

  release(): void {
    if (this.#proven === undefined) return;
    this.#calls.close(this.#proven.descriptor);
    this.#proven = undefined;
  }

  #prove(node: DirectoryNode): number | undefined {
    if (node.wd === -1) return undefined;
    if (this.#proven?.node === node && this.#proven.wd === node.wd) return this.#proven.descriptor;
    const descriptor = this.#openPath(this.#tree.pathOf(node));
    if (descriptor < 0) return undefined;
    if (this.#identify(descriptor, node.parent === undefined) !== node.wd) {
      this.#calls.close(descriptor);
      return undefined;
    }
    this.release();
    this.#proven = { node, wd: node.wd, descriptor };
    return descriptor;
  }

  /** inotify gives the same wd for the same inode: the cheapest proof of identity there is. */
  #identify(descriptor: number, isRoot: boolean): number {
    const wd = this.#watch(descriptor, isRoot);
    if (wd >= 0 && this.#tree.nodeOf(wd) === undefined) this.#unwatch(wd);
    return wd;
  }

  /** Step by step where the path is longer than the kernel takes at once. */
  #openPath(path: string): number {
    let rest = path === '' ? this.#root : `${this.#root}/${path}`;
    let at = atCurrent;
    while (rest.length >= pathMax) {
      const cut = rest.lastIndexOf('/', pathMax - 1);
      const next = this.#calls.openDirectory(at, rest.slice(0, cut), 'follow');
      if (at !== atCurrent) this.#calls.close(at);
      if (next < 0) return next;
      at = next;
      rest = rest.slice(cut + 1);
    }
    const descriptor = this.#calls.openDirectory(at, rest, path === '' ? 'follow' : undefined);
    if (at !== atCurrent) this.#calls.close(at);
    return descriptor;
  }
}

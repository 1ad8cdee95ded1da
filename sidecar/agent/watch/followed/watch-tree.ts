import type { RelPath } from '../../changes/change.ts';
import { parentOf } from '../../changes/paths.ts';

/** A directory. It knows its parent and not its path, so that moving it with all that is below costs nothing. */
export interface DirectoryNode {
  parent: DirectoryNode | undefined;
  name: string;
  /** The watch descriptor; -1 while there is no watch. */
  wd: number;
  children: Map<string, DirectoryNode> | undefined;
  /** False once it left the tree. */
  attached: boolean;
}

/** The directories below one root as far as they are known, and which watch descriptor is whose. No system calls. */
export class WatchTree {
  readonly root: DirectoryNode = { parent: undefined, name: '', wd: -1, children: undefined, attached: true };
  readonly #byWd = new Map<number, DirectoryNode>();
  #lastPathOf: DirectoryNode | undefined;
  #lastPath: RelPath = '';

  get watched(): number {
    return this.#byWd.size;
  }

  nodeOf(wd: number): DirectoryNode | undefined {
    return this.#byWd.get(wd);
  }

  pathOf(node: DirectoryNode): RelPath {
    if (node === this.#lastPathOf) return this.#lastPath;
    const names: string[] = [];
    for (let at = node; at.parent !== undefined; at = at.parent) names.push(at.name);
    this.#lastPathOf = node;
    this.#lastPath = names.reverse().join('/');
    return this.#lastPath;
  }

  /** Whether the directory of that path has a watch. */
  isWatched(path: RelPath): boolean {
    let node: DirectoryNode | undefined = this.root;
    for (const name of path === '' ? [] : path.split('/')) node = node?.children?.get(name);
    return node !== undefined && node.wd !== -1;
  }

  /** Those that are in no directory which has one. */
  unwatched(paths: readonly RelPath[]): RelPath[] {
    let last: RelPath | undefined;
    let isWatched = false;
    return paths.filter((path) => {
      const parent = parentOf(path);
      if (parent !== last) isWatched = this.isWatched(parent);
      last = parent;
      return !isWatched;
    });
  }

  /** The path of an entry of a directory. */
  pathIn(node: DirectoryNode, name: string): RelPath {
    return node.parent === undefined ? name : `${this.pathOf(node)}/${name}`;
  }

  attach(parent: DirectoryNode, name: string): DirectoryNode {
    const node: DirectoryNode = { parent, name, wd: -1, children: undefined, attached: true };
    parent.children ??= new Map();
    parent.children.set(name, node);
    return node;
  }

  bind(node: DirectoryNode, wd: number): void {
    node.wd = wd;
    this.#byWd.set(wd, node);
  }

  unbind(node: DirectoryNode): void {
    this.#byWd.delete(node.wd);
    node.wd = -1;
  }

  /** What else has that place must leave it next, or have left it. */
  move(node: DirectoryNode, parent: DirectoryNode, name: string): void {
    this.#unlink(node);
    node.parent = parent;
    node.name = name;
    parent.children ??= new Map();
    parent.children.set(name, node);
    this.#lastPathOf = undefined;
  }

  /** Gives each of two directories, neither within the other, the other's place. */
  exchange(one: DirectoryNode, other: DirectoryNode): void {
    const { parent: oneParent, name: oneName } = one;
    const { parent: otherParent, name: otherName } = other;
    if (oneParent === undefined || otherParent === undefined) return;
    this.move(one, otherParent, otherName);
    this.move(other, oneParent, oneName);
  }

  /** Takes a directory and all below it out of the tree; `release` is called for each with its descriptor (-1: none). */
  detach(node: DirectoryNode, release: (node: DirectoryNode, wd: number) => void): void {
    this.#unlink(node);
    const leaving = [node];
    for (let at = leaving.pop(); at !== undefined; at = leaving.pop()) {
      for (const child of at.children?.values() ?? []) leaving.push(child);
      const wd = at.wd;
      if (wd !== -1) this.unbind(at);
      at.attached = false;
      at.children = undefined;
      release(at, wd);
    }
    this.#lastPathOf = undefined;
  }

  isWithin(node: DirectoryNode, ancestor: DirectoryNode): boolean {
    for (let at: DirectoryNode | undefined = node; at !== undefined; at = at.parent) if (at === ancestor) return true;
    return false;
  }

  #unlink(node: DirectoryNode): void {
    const siblings = node.parent?.children;
    if (siblings?.get(node.name) !== node) return;
    siblings.delete(node.name);
    if (siblings.size === 0 && node.parent !== undefined) node.parent.children = undefined;
  }
}

import type { RelPath } from './change.ts';

/** One name on the tree. The root has the name '' and no parent. */
export interface PathNode<V> {
  name: string;
  parent: PathNode<V> | undefined;
  children: Map<string, PathNode<V>> | undefined;
  value: V | undefined;
}

const makeNode = <V>(name: string, parent: PathNode<V> | undefined): PathNode<V> => ({
  name,
  parent,
  children: undefined,
  value: undefined,
});

const componentsOf = (path: RelPath): string[] => (path === '' ? [] : path.split('/'));

/** Where a path stands to what a tree holds. */
export interface Meeting<V> {
  /** Nodes that exist on the way from the root to the path, the path's own last if `complete`. */
  readonly onTheWay: readonly PathNode<V>[];
  /** Whether the last of `onTheWay` is the path itself. */
  readonly complete: boolean;
}

/** Values by path, so that what lies above or below a path is found without looking at all others. */
export class PathTree<V> {
  #root = makeNode<V>('', undefined);

  get root(): PathNode<V> {
    return this.#root;
  }

  get isEmpty(): boolean {
    return this.#root.value === undefined && this.#root.children === undefined;
  }

  find(path: RelPath): PathNode<V> | undefined {
    let node: PathNode<V> | undefined = this.#root;
    for (const name of componentsOf(path)) {
      node = node.children?.get(name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  get(path: RelPath): V | undefined {
    return this.find(path)?.value;
  }

  /** The node of `path`, made with all that lies above it where missing. */
  ensure(path: RelPath): PathNode<V> {
    let node = this.#root;
    for (const name of componentsOf(path)) {
      node.children ??= new Map();
      let child = node.children.get(name);
      if (child === undefined) {
        child = makeNode(name, node);
        node.children.set(name, child);
      }
      node = child;
    }
    return node;
  }

  set(path: RelPath, value: V): void {
    this.ensure(path).value = value;
  }

  meet(path: RelPath): Meeting<V> {
    const onTheWay = [this.#root];
    let node = this.#root;
    for (const name of componentsOf(path)) {
      const child = node.children?.get(name);
      if (child === undefined) return { onTheWay, complete: false };
      onTheWay.push(child);
      node = child;
    }
    return { onTheWay, complete: true };
  }

  /** Removes nodes that hold nothing, from `node` upwards. */
  prune(node: PathNode<V>): void {
    let at = node;
    while (at.parent !== undefined && at.value === undefined && (at.children === undefined || at.children.size === 0)) {
      const parent: PathNode<V> = at.parent;
      parent.children?.delete(at.name);
      if (parent.children?.size === 0) parent.children = undefined;
      at.parent = undefined;
      at = parent;
    }
  }

  delete(path: RelPath): void {
    const node = this.find(path);
    if (node === undefined) return;
    node.value = undefined;
    this.prune(node);
  }

  /** Takes `path` and all below it out of the tree; undefined if nothing is there. */
  detach(path: RelPath): PathNode<V> | undefined {
    const node = this.find(path);
    if (node === undefined) return undefined;
    const parent = node.parent;
    if (parent === undefined) {
      this.#root = makeNode('', undefined);
      return node;
    }
    parent.children?.delete(node.name);
    if (parent.children?.size === 0) parent.children = undefined;
    node.parent = undefined;
    this.prune(parent);
    return node;
  }

  /** Puts a detached node, with all below it, at `path`; whatever was there must have been detached before. */
  attach(path: RelPath, node: PathNode<V>): void {
    const slash = path.lastIndexOf('/');
    const parent = this.ensure(slash < 0 ? '' : path.slice(0, slash));
    node.name = path.slice(slash + 1);
    node.parent = parent;
    parent.children ??= new Map();
    parent.children.set(node.name, node);
  }
}

export function pathOf<V>(node: PathNode<V>): RelPath {
  let path = node.name;
  for (let at = node.parent; at !== undefined && at.parent !== undefined; at = at.parent) path = `${at.name}/${path}`;
  return path;
}

/** `node` and all below it that hold a value, parents before children. */
export function* valuesBelow<V>(node: PathNode<V>): Generator<{ readonly node: PathNode<V>; readonly value: V }> {
  const stack = [node];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (at.value !== undefined) yield { node: at, value: at.value };
    for (const child of at.children?.values() ?? []) stack.push(child);
  }
}

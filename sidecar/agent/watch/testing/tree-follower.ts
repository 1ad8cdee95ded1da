import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { Filter } from '../../../filter/filter.ts';
import type { RawChange, RelPath } from '../../changes/change.ts';

/**
 * What a replica would hold that does what it is told and no more: it looks at the paths that changes name, at the
 * time it hears of them. If it equals the tree at the end, no change was missed.
 */
export class TreeFollower {
  readonly #root: string;
  readonly #filter: Filter;
  #entries = new Map<RelPath, string>();
  /** What was found by a look at a whole, and not told. */
  #found: RelPath[] = [];

  constructor(root: string, filter: Filter) {
    this.#root = root;
    this.#filter = filter;
    this.#copyTree('');
    this.#takeFound();
  }

  /** @returns names that nobody told of, and that it has now: that one of them goes may not be told either, unless the source sees them */
  apply(batch: readonly RawChange[]): RelPath[] {
    for (const change of batch) {
      if (change.kind === 'rescan') this.#compareTree(change.path);
      else if (change.kind === 'move') this.#move(change.from, change.path);
      // A directory is there again: not the one that went, and what that one held was not told.
      else if (change.kind === 'delete') this.#compareTree(change.path);
      else this.#copy(change.path);
    }
    return this.#takeFound();
  }

  /** The same of some names, looked at again. */
  lookAgain(paths: readonly RelPath[]): RelPath[] {
    for (const path of paths) this.#compareTree(path);
    return this.#takeFound();
  }

  #takeFound(): RelPath[] {
    return this.#found.splice(0);
  }

  get entries(): ReadonlyMap<RelPath, string> {
    return this.#entries;
  }

  /** Paths that differ from the tree as it is now, with both sides. */
  differences(): string[] {
    const now = new TreeFollower(this.#root, this.#filter).entries;
    const paths = new Set([...now.keys(), ...this.#entries.keys()]);
    return [...paths]
      .filter((path) => now.get(path) !== this.#entries.get(path))
      .map((path) => `${JSON.stringify(path)}: is ${now.get(path)}, followed ${this.#entries.get(path)}`);
  }

  #move(from: RelPath, path: RelPath): void {
    // Something else has the old name by now, and what we hold of it is newer than this rename: no hint, both are compared.
    if (this.#describe(from) === undefined) {
      const moving = [...this.#entries].filter(([at]) => at === from || at.startsWith(`${from}/`));
      for (const [at] of moving) this.#entries.delete(at);
      this.#drop(path);
      for (const [at, what] of moving) this.#entries.set(path + at.slice(from.length), what);
    }
    this.#compareTree(from);
    // A change told under the old path, but looked at after the rename, found nothing there: the whole is compared.
    this.#compareTree(path);
  }

  #compareTree(path: RelPath): void {
    this.#drop(path);
    this.#copyTree(path);
  }

  #copy(path: RelPath): void {
    const what = this.#describe(path);
    const isDirectory = what?.startsWith('directory') ?? false;
    if (!isDirectory) this.#drop(path);
    if (what !== undefined) this.#entries.set(path, what);
  }

  #copyTree(path: RelPath): void {
    const what = this.#describe(path);
    if (what === undefined) return;
    this.#entries.set(path, what);
    if (path !== '') this.#found.push(path);
    if (!what.startsWith('directory')) return;
    try {
      for (const name of readdirSync(absolute(this.#root, path), 'latin1'))
        this.#copyTree(path === '' ? name : `${path}/${name}`);
    } catch {
      // It went while we looked; another change says so.
    }
  }

  #describe(path: RelPath): string | undefined {
    const what = describe(this.#root, path);
    return what === undefined || this.#filter.excludes(path, what.startsWith('directory')) ? undefined : what;
  }

  #drop(path: RelPath): void {
    if (path === '') this.#entries.clear();
    for (const at of [...this.#entries.keys()]) if (at === path || at.startsWith(`${path}/`)) this.#entries.delete(at);
  }
}

/** The bytes of a path below a root. */
export const absolute = (root: string, path: RelPath): Buffer =>
  path === '' ? Buffer.from(root) : Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')]);

const describe = (root: string, path: RelPath): string | undefined => {
  const at = absolute(root, path);
  try {
    const stats = lstatSync(at);
    const mode = stats.mode.toString(8);
    if (stats.isDirectory()) return `directory ${mode}`;
    if (stats.isSymbolicLink()) return `link to ${readlinkSync(at)}`;
    return stats.isFile() ? `file ${mode} ${readFileSync(at, 'latin1')}` : `other ${mode}`;
  } catch {
    return undefined;
  }
};

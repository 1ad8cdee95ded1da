import type { RelPath } from '../../changes/change.ts';
import { joinPath, nameOf, parentOf } from '../../changes/paths.ts';

/** A file system for property tests: files with content, mtime and mode, directories with a mode. */
export type ModelEntry = ModelFile | ModelDirectory;
export interface ModelFile {
  readonly type: 'file';
  readonly content: string;
  readonly mtime: number;
  readonly mode: number;
}
export interface ModelDirectory {
  readonly type: 'directory';
  readonly mode: number;
  readonly children: Map<string, ModelEntry>;
}

export const makeDirectory = (mode = 0): ModelDirectory => ({ type: 'directory', mode, children: new Map() });

export function cloneEntry(entry: ModelEntry): ModelEntry {
  if (entry.type === 'file') return entry;
  return { ...entry, children: new Map([...entry.children].map(([name, child]) => [name, cloneEntry(child)])) };
}

export class ModelVolume {
  readonly root: ModelDirectory;

  constructor(root = makeDirectory()) {
    this.root = root;
  }

  get(path: RelPath): ModelEntry | undefined {
    let entry: ModelEntry | undefined = this.root;
    for (const name of path === '' ? [] : path.split('/')) {
      entry = entry?.type === 'directory' ? entry.children.get(name) : undefined;
    }
    return entry;
  }

  directory(path: RelPath): ModelDirectory | undefined {
    const entry = this.get(path);
    return entry?.type === 'directory' ? entry : undefined;
  }

  /** @returns false if its parent is no directory */
  put(path: RelPath, entry: ModelEntry): boolean {
    const parent = this.directory(parentOf(path));
    if (parent === undefined || path === '') return false;
    parent.children.set(nameOf(path), entry);
    return true;
  }

  remove(path: RelPath): void {
    this.directory(parentOf(path))?.children.delete(nameOf(path));
  }

  setMode(path: RelPath, mode: number): void {
    const entry = this.get(path);
    if (entry !== undefined && path !== '') this.put(path, { ...entry, mode });
  }

  /** rename(2). @returns false where it would fail */
  rename(from: RelPath, path: RelPath): boolean {
    const entry = this.get(from);
    if (entry === undefined || from === '' || path === '' || path === from || path.startsWith(`${from}/`)) return false;
    const there = this.get(path);
    if (this.directory(parentOf(path)) === undefined) return false;
    if (there !== undefined && there.type !== entry.type) return false;
    if (there?.type === 'directory' && there.children.size > 0) return false;
    this.remove(from);
    return this.put(path, entry);
  }

  /** Every path at and below `path`, children before parents. */
  pathsBelow(path: RelPath): RelPath[] {
    const entry = this.get(path);
    if (entry === undefined) return [];
    if (entry.type === 'file') return [path];
    return [...[...entry.children.keys()].flatMap((name) => this.pathsBelow(joinPath(path, name))), path];
  }

  /** One line for each entry below the root, in order. */
  list(): string[] {
    return this.pathsBelow('')
      .filter((path) => path !== '')
      .sort()
      .map((path) => {
        const entry = this.get(path) as ModelEntry;
        return entry.type === 'file'
          ? `${path} ${entry.content} ${entry.mtime} ${entry.mode}`
          : `${path}/ ${entry.mode}`;
      });
  }
}

import type { RelPath } from '../../../../sidecar/agent/changes/change.ts';
import { joinPath } from '../../../../sidecar/agent/changes/paths.ts';
import { type Inode, linksOf, sizeOf } from '../inode.ts';
import type { Volume } from '../volume.ts';
import type { RsyncOptions } from './rsync-options.ts';

/** What the sender says of one name: all of it as it was when the list was made. */
export interface ListEntry {
  readonly path: RelPath;
  readonly type: Inode['type'] | 'missing';
  readonly mode: number;
  readonly mtime: number;
  readonly size: number;
  readonly target: string | undefined;
  readonly xattrs: string | undefined;
  /** What was read of a file while the list was made, if that was asked for; undefined where it could not be read. */
  readonly pieces: readonly string[] | undefined;
  /** `device:inode` of a file with more than one name. */
  readonly link: string | undefined;
  /** A directory whose entries are in the list too. */
  readonly hasContent: boolean;
  /** A directory that is listed for what is below it, and is not to be touched itself. */
  readonly isImplied?: true;
}

export interface ListProblem {
  readonly path: RelPath;
  readonly errno: number;
  readonly kind: 'link_stat' | 'opendir' | 'vanished';
  /** It is missing, and this below it is to be deleted. */
  readonly parentOf?: RelPath;
}

export interface FileList {
  readonly entries: ListEntry[];
  readonly problems: ListProblem[];
  readonly skipped: RelPath[];
}

/** The sender's first step: stats every name that it is given, one at a time, with the directories above. */
export function* makeFileList(
  source: Volume,
  lines: readonly string[],
  options: RsyncOptions,
): Generator<void, FileList> {
  const found = new Map<RelPath, ListEntry>();
  const problems: ListProblem[] = [];
  const skipped: RelPath[] = [];
  function* add(path: RelPath, inode: Inode, hasContent: boolean): Generator<void> {
    if ((inode.type === 'fifo' || inode.type === 'socket') && !options.specials) {
      skipped.push(path);
      return;
    }
    const before = found.get(path);
    if (before !== undefined && before.isImplied !== true && (!hasContent || before.hasContent)) return;
    const entry = entryOf(path, inode, hasContent);
    found.set(path, options.checksum ? { ...entry, pieces: yield* readPieces(inode) } : entry);
  }
  /** @returns the topmost of them that is missing */
  function* addParents(path: RelPath, impliesRoot: boolean): Generator<void, RelPath | undefined> {
    const parts = path.split('/').slice(0, -1);
    for (let length = 0; length <= parts.length; length += 1) {
      const parent = parts.slice(0, length).join('/');
      const inode = source.get(parent);
      if (inode === undefined) return parent;
      if (parent === '' && !impliesRoot) continue;
      if (options.impliedDirs) yield* add(parent, inode, false);
      else if (!found.has(parent)) found.set(parent, { ...entryOf(parent, inode, false), isImplied: true });
    }
    return undefined;
  }
  function* recurse(path: RelPath): Generator<void> {
    const directory = source.directory(path);
    if (directory === undefined) return;
    yield;
    if (directory.unreadable !== undefined) {
      problems.push({ path, errno: directory.unreadable, kind: 'opendir' });
      return;
    }
    for (const name of [...directory.children.keys()]) {
      const below = joinPath(path, name);
      const inode = source.get(below);
      if (options.filter.excludes(below, inode?.type === 'directory')) continue;
      yield;
      if (inode === undefined) problems.push({ path: below, errno: 2, kind: 'vanished' });
      else {
        yield* add(below, inode, inode.type === 'directory');
        if (inode.type === 'directory') yield* recurse(below);
      }
    }
  }
  for (const line of options.everything ? ['.'] : lines) {
    yield;
    const path = line === '.' ? '' : line.replace(/^\.\//, '');
    // What is missing is told all the same: the target spares it.
    const there = source.get(path);
    if (there !== undefined && options.filter.excludes(path, there.type === 'directory')) continue;
    const lost = path === '' ? undefined : yield* addParents(path, line.startsWith('./'));
    const inode = lost === undefined ? source.get(path) : undefined;
    if (inode !== undefined) {
      const enters = options.recursive && inode.type === 'directory';
      yield* add(path, inode, enters);
      if (enters) yield* recurse(path);
    } else if (options.missingArgs === 'delete') {
      // Once for names that lie side by side.
      if (lost !== undefined && problems.at(-1)?.path !== lost)
        problems.push({ path: lost, errno: 2, kind: 'vanished', parentOf: path });
      found.set(path, missing(path));
    } else if (options.missingArgs === 'fail') problems.push({ path, errno: 2, kind: 'link_stat' });
  }
  return { entries: [...found.values()].sort((a, b) => compareEntries(a, b)), problems, skipped };
}

/** Piece by piece: it may change meanwhile. */
function* readPieces(inode: Inode): Generator<void, readonly string[] | undefined> {
  if (inode.type !== 'file' || inode.unreadable !== undefined) return undefined;
  const pieces: string[] = [];
  for (let at = 0; at < inode.pieces.length; at += 1) {
    pieces.push(inode.pieces[at] as string);
    yield;
  }
  return pieces;
}

const entryOf = (path: RelPath, inode: Inode, hasContent: boolean): ListEntry => ({
  path,
  type: inode.type,
  mode: inode.mode,
  mtime: inode.mtime,
  size: sizeOf(inode),
  target: inode.type === 'symlink' ? inode.target : undefined,
  xattrs: inode.xattrs,
  pieces: undefined,
  link: inode.type !== 'directory' && linksOf(inode) > 1 ? `${inode.device}:${inode.id}` : undefined,
  hasContent,
});

const missing = (path: RelPath): ListEntry => ({
  path,
  type: 'missing',
  mode: 0,
  mtime: 0,
  size: 0,
  target: undefined,
  xattrs: undefined,
  pieces: undefined,
  link: undefined,
  hasContent: false,
});

/** The root first; in each directory what is none before what is one; by name. */
function compareEntries(a: ListEntry, b: ListEntry): number {
  if (a.path === '' || b.path === '') return a.path === '' ? -1 : 1;
  const [left, right] = [a.path.split('/'), b.path.split('/')];
  for (let at = 0; ; at += 1) {
    const [one, other] = [left[at], right[at]];
    if (one === undefined || other === undefined) return left.length - right.length;
    if (one === other) continue;
    const oneIsPath = at < left.length - 1 || a.type === 'directory';
    const otherIsPath = at < right.length - 1 || b.type === 'directory';
    if (oneIsPath !== otherIsPath) return oneIsPath ? 1 : -1;
    return one < other ? -1 : 1;
  }
}

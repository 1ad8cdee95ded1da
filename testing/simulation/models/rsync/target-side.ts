import type { RelPath } from '../../../../sidecar/agent/changes/change.ts';
import { joinPath, parentOf } from '../../../../sidecar/agent/changes/paths.ts';
import type { Filter } from '../../../../sidecar/filter/filter.ts';
import type { Inode } from '../inode.ts';
import type { Volume } from '../volume.ts';
import type { ListEntry } from './file-list.ts';
import type { RsyncOptions } from './rsync-options.ts';

/** What stands in the way of an entry, and what is to be done about the entry itself. */
export type Need = 'nothing' | 'attributes' | 'make' | 'transfer';

/** rsync's quick check, and what it compares of the other types. */
export function needOf(entry: ListEntry, there: Inode | undefined, options: RsyncOptions): Need {
  if (there === undefined || there.type !== entry.type) return entry.type === 'file' ? 'transfer' : 'make';
  if (entry.type === 'symlink')
    return there.type === 'symlink' && there.target === entry.target ? 'attributes' : 'make';
  if (there.type !== 'file') return 'attributes';
  const sameSize = there.pieces.length * there.pieceBytes === entry.size;
  if (options.checksum) return sameSize && isSame(there.pieces, entry.pieces) ? 'attributes' : 'transfer';
  return options.ignoreTimes || !sameSize || there.mtime !== entry.mtime ? 'transfer' : 'attributes';
}

const isSame = (there: readonly string[], pieces: readonly string[] | undefined): boolean =>
  pieces?.length === there.length && pieces.every((piece, at) => piece === there[at]);

/** `--itemize-changes` as far as the parser reads it: what is made or sent, and which attributes differ. */
export function itemOf(
  entry: ListEntry,
  there: Inode | undefined,
  need: Need,
  options: RsyncOptions,
): string | undefined {
  const letter = entry.type === 'directory' ? 'd' : entry.type === 'symlink' ? 'L' : entry.type === 'file' ? 'f' : 'S';
  if (there === undefined || there.type !== entry.type) return `${entry.type === 'file' ? '<' : 'c'}${letter}+++++++++`;
  const size = entry.type === 'file' && there.type === 'file' && there.pieces.length * there.pieceBytes !== entry.size;
  const time = options.times && there.mtime !== entry.mtime;
  const mode = options.perms && entry.type !== 'symlink' && there.mode !== entry.mode;
  const xattrs = options.xattrs && entry.type !== 'symlink' && there.xattrs !== entry.xattrs;
  const changes = `.${size ? 's' : '.'}${time ? 't' : '.'}${mode ? 'p' : '.'}....${xattrs ? 'x' : '.'}`;
  if (need === 'transfer') return `<${letter}${changes}`;
  if (need === 'make') return `c${letter}c${changes.slice(1)}`;
  return time || mode || xattrs ? `.${letter}${changes}` : undefined;
}

/** Everything at and below a path, children first; of what a filter spares also the directories that it lies in are left. */
export function listDown(volume: Volume, path: RelPath, spared?: Filter): { path: RelPath; isDirectory: boolean }[] {
  const all = [...volume.walk(path)].reverse();
  const kept = new Set<RelPath>();
  return all.flatMap(([at, inode]) => {
    const isDirectory = inode.type === 'directory';
    const stays = kept.has(at) || (at !== path && spared?.excludes(at, isDirectory) === true);
    if (stays) kept.add(parentOf(at));
    return stays ? [] : [{ path: at, isDirectory }];
  });
}

/** @returns the name of the error that ended it */
export function removeDown(volume: Volume, path: RelPath, spared?: Filter): string {
  for (const { path: at, isDirectory } of listDown(volume, path, spared)) {
    const done = isDirectory ? volume.rmdir(at) : volume.unlink(at);
    if (done !== 'ok') return done;
  }
  return spared !== undefined && volume.get(path) !== undefined ? 'ENOTEMPTY' : 'ok';
}

/** What the target has in a listed directory and the list has not. */
export function extraneousIn(
  target: Volume,
  directory: RelPath,
  listed: ReadonlySet<RelPath>,
  spared: Filter,
): RelPath[] {
  const names = [...(target.directory(directory)?.children.keys() ?? [])];
  const paths = names.map((name) => joinPath(directory, name)).filter((path) => !listed.has(path));
  return paths.filter((path) => !spared.excludes(path, target.get(path)?.type === 'directory'));
}

import type { RelPath } from '../../../sidecar/agent/changes/change.ts';
import { joinPath, parentOf } from '../../../sidecar/agent/changes/paths.ts';
import type { WalkedEntry } from '../../../sidecar/agent/source/walk.ts';
import type { SourceReader } from '../../../sidecar/agent/verify/walk/source-reader.ts';
import {
  type DirectoryWish,
  decodeName,
  encodeName,
  type HashedPiece,
  type ListedDirectory,
  type ListedEntry,
} from '../../../sidecar/protocol/verify.ts';
import { type Inode, linksOf, seen, sizeOf } from './inode.ts';
import type { Volume } from './volume.ts';

/** What a comparison reads of a model volume, at the source or at a target. */
export const readerOf = (volume: Volume): SourceReader => ({
  isRealDirectory(directory) {
    for (let path = directory; path !== ''; path = parentOf(path))
      if (volume.get(path)?.type !== 'directory') return false;
    return true;
  },
  list: async (directory, wish) => listIn(volume, directory, wish),
  hash: async (path, from, length) => hashIn(volume, path, from, length),
});

export function listIn(volume: Volume, path: RelPath, { names }: Pick<DirectoryWish, 'names'>): ListedDirectory {
  const inode = volume.get(path);
  if (names !== undefined) {
    const looked = names.map((name) => [name, volume.get(joinPath(path, decodeName(name)))] as const);
    return { entries: looked.flatMap(([name, found]) => (found === undefined ? [] : [listed(name, found)])) };
  }
  if (inode === undefined) return { entries: [], reason: 'NotFound' };
  if (inode.type !== 'directory') return { entries: [], reason: 'NotDirectory' };
  if (inode.unreadable !== undefined) return { entries: [], reason: 'Denied' };
  return { entries: [...inode.children].map(([name, child]) => listed(encodeName(name), seen(child))) };
}

const listed = (name: string, inode: Inode): ListedEntry => ({
  name,
  type: inode.type === 'fifo' || inode.type === 'socket' ? 'other' : inode.type,
  size: inode.type === 'file' ? sizeOf(inode) : 0,
  mtime: `${inode.mtime}000000`,
  mode: inode.mode,
  uid: 0,
  gid: 0,
  ...(inode.type === 'symlink' ? { link: encodeName(inode.target) } : {}),
});

/** Pieces are read as a whole. */
export function hashIn(volume: Volume, path: RelPath, from: number, length: number): HashedPiece {
  const inode = volume.get(path);
  if (inode === undefined) return { reason: 'NotFound' };
  if (inode.type !== 'file') return { reason: 'NotFile' };
  if (inode.unreadable !== undefined) return { reason: 'Denied' };
  const { pieceBytes, pieces } = inode;
  const read = pieces.slice(Math.floor(from / pieceBytes), Math.ceil((from + length) / pieceBytes));
  return { hash: read.join(), bytes: read.length * pieceBytes };
}

/** What a look at the times of all files finds in one directory. */
export function* entriesIn(
  volume: Volume,
  directory: RelPath,
  excludes: (path: RelPath, isDirectory: boolean) => boolean,
): Generator<WalkedEntry> {
  for (const name of [...(volume.directory(directory)?.children.keys() ?? [])]) {
    const path = joinPath(directory, name);
    const inode = volume.get(path);
    if (inode !== undefined && !excludes(path, inode.type === 'directory')) yield { path, stats: statsOf(inode) };
  }
}

const statsOf = (inode: Inode): WalkedEntry['stats'] =>
  ({
    isFile: () => inode.type === 'file',
    isSymbolicLink: () => inode.type === 'symlink',
    isDirectory: () => inode.type === 'directory',
    ctimeMs: BigInt(Math.floor(inode.ctime)),
    nlink: BigInt(linksOf(inode)),
    dev: BigInt(inode.device),
    ino: BigInt(inode.id),
  }) as WalkedEntry['stats'];

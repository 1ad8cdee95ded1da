import type { SmallReader } from '../../../sidecar/agent/small-files/read-small-file.ts';
import {
  type SmallFile,
  type SmallFilesAnswer,
  type SmallFilesRequest,
  type SmallResult,
  smallFileLimits,
} from '../../../sidecar/protocol/small-files.ts';
import { decodeName } from '../../../sidecar/protocol/verify.ts';
import { linksOf, sizeOf } from './inode.ts';
import type { Done } from './rename-rules.ts';
import type { Volume } from './volume.ts';

const between = ',';
const pieceBytes = 1_000;

/** What stands for a content on the way. */
export const contentOf = (pieces: readonly string[]): string => Buffer.from(pieces.join(between)).toString('base64url');
const piecesOf = (content: string): string[] =>
  content === '' ? [] : Buffer.from(content, 'base64url').toString().split(between);

const nanosecondsOf = (ms: number): string => `${BigInt(ms) * 1_000_000n}`;
const msOf = (ns: string): number => Number(BigInt(ns) / 1_000_000n);

/** Reads a model volume as an agent reads small files: open, stat, and then piece by piece; `pause` is between two of them. */
export const smallReaderOf = (volume: Volume, pause: () => Promise<void> | undefined): SmallReader => ({
  async entry(path) {
    const directory = volume.directory(path);
    if (directory !== undefined) {
      if (directory.xattrs !== undefined || directory.unreadable !== undefined) return undefined;
      return { kind: 'directory', mode: directory.mode, mtimeNs: nanosecondsOf(directory.mtime) };
    }
    const inode = volume.get(path);
    if (inode?.type !== 'file' || inode.unreadable !== undefined || inode.xattrs !== undefined) return undefined;
    const size = sizeOf(inode);
    if (linksOf(inode) !== 1 || size > smallFileLimits.fileBytes) return undefined;
    const { mode, mtime } = inode;
    const pieces: string[] = [];
    for (let at = 0; at * inode.pieceBytes < size; at += 1) {
      await pause();
      const piece = inode.pieces[at];
      if (piece === undefined) return undefined;
      pieces.push(piece);
    }
    if (sizeOf(inode) > size) return undefined;
    return { kind: 'file', content: contentOf(pieces), mode, mtimeNs: nanosecondsOf(mtime), bytes: size };
  },
  directoryTime(path) {
    const inode = volume.directory(path);
    return inode && nanosecondsOf(inode.mtime);
  },
});

const words: Partial<Record<Done, string>> = {
  EISDIR: 'IsDirectory',
  ENOTDIR: 'NotDirectory',
  EROFS: 'ReadOnly',
  ENOSPC: 'Full',
};
const resultOf = (done: Done): SmallResult =>
  done === 'ok' ? { written: true } : { written: false, reason: words[done] ?? 'NotFound' };

/** What a receiver makes of them, one file after the other, between which other things happen. @throws as `requireEpoch` does */
export function* writeSmallFiles(
  volume: Volume,
  { files, directories }: SmallFilesRequest,
  requireEpoch: () => void,
): Generator<void, SmallFilesAnswer> {
  const written: (readonly [directory: string, done: Done])[] = [];
  for (const file of files) {
    yield;
    const path = decodeName(file.path);
    written.push([path.slice(0, Math.max(0, path.lastIndexOf('/'))), writeFile(volume, path, file, requireEpoch)]);
  }
  yield;
  requireEpoch();
  const set = new Map<string, Done>();
  for (const { path, mtimeNs, mode } of directories) {
    const at = decodeName(path);
    set.set(at, setDirectory(volume, at, msOf(mtimeNs), mode));
  }
  const doneOf = (directory: string): Done => set.get(directory) ?? 'ok';
  return {
    results: written.map(([directory, done]) => resultOf(done === 'ok' ? doneOf(directory) : done)),
    directories: directories.map(({ path }) => resultOf(doneOf(decodeName(path)))),
  };
}

function setDirectory(volume: Volume, path: string, mtime: number, mode: number | undefined): Done {
  const directory = volume.directory(path);
  if (directory === undefined) return 'ENOENT';
  // The source's has none: a run takes these away.
  if (mode !== undefined && directory.xattrs !== undefined) return 'EPERM';
  const done = mode === undefined ? 'ok' : volume.chmod(path, mode);
  return done === 'ok' ? volume.utimes(path, mtime) : done;
}

function writeFile(
  volume: Volume,
  path: string,
  { content, mode, mtimeNs }: SmallFile,
  requireEpoch: () => void,
): Done {
  if (volume.readOnly) return 'EROFS';
  requireEpoch();
  return volume.receive(path, {
    pieces: piecesOf(content),
    pieceBytes,
    mode,
    mtime: msOf(mtimeNs),
    xattrs: undefined,
  });
}

import { leastBytes } from '../../../sidecar/agent/copies/originals.ts';
import type { CopyReader } from '../../../sidecar/agent/copies/read-content.ts';
import type { CopyAnswer, CopyRequest, FileCopy } from '../../../sidecar/protocol/copy.ts';
import { decodeName } from '../../../sidecar/protocol/verify.ts';
import { type FileInode, sizeOf } from './inode.ts';
import type { Done } from './rename-rules.ts';
import type { Volume } from './volume.ts';

/** What stands for the hash of a content. */
export const digestOf = (pieces: readonly string[]): string => pieces.join();

class ReadError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

function openFile(volume: Volume, path: string): FileInode {
  const inode = volume.get(path);
  if (inode === undefined) throw new ReadError('ENOENT');
  if (inode.type !== 'file') throw new ReadError('ELOOP');
  if (inode.unreadable !== undefined) throw new ReadError('EACCES');
  return inode;
}

/** Reads a model volume for what may be copies; `pause` is between two pieces. */
export const copyReaderOf = (volume: Volume, pause: () => Promise<void> | undefined): CopyReader => ({
  async originals(excludes) {
    const found = new Map<number, string[]>();
    for (const [path, inode] of volume.walk()) {
      if (inode.type !== 'file' || sizeOf(inode) < leastBytes || excludes(path, false)) continue;
      found.set(sizeOf(inode), [...(found.get(sizeOf(inode)) ?? []), path]);
    }
    return found;
  },
  async sample(path) {
    const { pieces } = openFile(volume, path);
    return digestOf([pieces[0] ?? '', pieces[pieces.length >> 1] ?? '', pieces.at(-1) ?? '']);
  },
  async digest(path) {
    const inode = openFile(volume, path);
    const read: string[] = [];
    for (let at = 0; at < inode.pieces.length; at += 1) {
      await pause();
      read.push(inode.pieces[at] ?? '');
    }
    return { digest: digestOf(read), mtime: `${BigInt(inode.mtime) * 1_000_000n}` };
  },
});

/** What a receiver makes of them, one copy after the other, and each piece by piece. @throws as `requireEpoch` does */
export function* copyFiles(
  volume: Volume,
  { copies }: CopyRequest,
  requireEpoch: () => void,
): Generator<void, CopyAnswer> {
  const results: CopyAnswer['results'][number][] = [];
  for (const copy of copies) {
    requireEpoch();
    const reason = yield* copyFile(volume, copy, requireEpoch);
    results.push(reason === 'ok' ? { copied: true } : { copied: false, reason });
  }
  return { results };
}

/** @returns `ok`, or why not */
function* copyFile(
  volume: Volume,
  { from, to, size, digest, mtime }: FileCopy,
  requireEpoch: () => void,
): Generator<void, Done | 'Exists' | 'Differs'> {
  const [source, target] = [decodeName(from), decodeName(to)];
  if (volume.get(target) !== undefined) return 'Exists';
  const original = volume.get(source);
  if (original === undefined) return 'ENOENT';
  if (original.type !== 'file' || sizeOf(original) !== size) return 'Differs';
  const pieces: string[] = [];
  for (let at = 0; at < original.pieces.length; at += 1) {
    yield;
    pieces.push(original.pieces[at] ?? '');
  }
  if (!volume.hasRoom(size)) return 'ENOSPC';
  if (digestOf(pieces) !== digest) return 'Differs';
  yield;
  requireEpoch();
  makeParents(volume, target);
  if (volume.get(target) !== undefined) return 'Exists';
  const attributes = { mode: 0o600, mtime: Number(BigInt(mtime) / 1_000_000n), xattrs: undefined };
  return volume.receive(target, { pieces, pieceBytes: original.pieceBytes, ...attributes });
}

/** Directories that are missing on the way to a name: they may be as new as it is. */
export function makeParents(volume: Volume, path: string): void {
  const names = path.split('/').slice(0, -1);
  for (let length = 1; length <= names.length; length += 1) volume.mkdir(names.slice(0, length).join('/'));
}

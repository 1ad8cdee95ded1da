import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { RelPath } from '../changes/change.ts';
import { findOriginals, type Originals } from './originals.ts';

/** A FIFO that took the name must not be waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const sampleBytes = 4_096;
const pieceBytes = 1024 * 1024;

/** What copies are found by is read of a real source, or of a model of one. What can't be read throws as `open` does. */
export interface CopyReader {
  originals(excludes: (path: RelPath, isDirectory: boolean) => boolean): Promise<Originals>;
  sample(path: RelPath, size: number): Promise<string>;
  digest(path: RelPath): Promise<ContentDigest>;
}

export interface ContentDigest {
  /** sha256 (base64url) of all of it. */
  readonly digest: string;
  /** ns since 1970. */
  readonly mtime: string;
}

/** `root` is a binary string. */
export function makeCopyReader(root: string): CopyReader {
  const absolute = (path: RelPath): Buffer => Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1');
  return {
    originals: (excludes) => findOriginals(absolute, excludes),
    sample: (path, size) => sampleOf(absolute(path), size),
    digest: (path) => digestOf(absolute(path)),
  };
}

/** Pieces of its beginning, middle and end: files of one size in which they are alike may well be. */
const sampleOf = (path: Buffer, size: number): Promise<string> =>
  read(path, async (file) => {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(sampleBytes);
    for (const at of [0, Math.floor(size / 2), Math.max(0, size - sampleBytes)]) {
      const { bytesRead } = await file.read(piece, 0, sampleBytes, at);
      hash.update(piece.subarray(0, bytesRead));
    }
    return hash.digest('base64url');
  });

const digestOf = (path: Buffer): Promise<ContentDigest> =>
  read(path, async (file) => {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(pieceBytes);
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, pieceBytes);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
    }
    const { mtimeNs } = await file.stat({ bigint: true });
    return { digest: hash.digest('base64url'), mtime: String(mtimeNs) };
  });

async function read<T>(path: Buffer, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

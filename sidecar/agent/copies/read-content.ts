import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';

/** A FIFO that took the name must not be waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const sampleBytes = 4_096;
const pieceBytes = 1024 * 1024;

/** Pieces of its beginning, middle and end: files of one size in which they are alike may well be. */
export const sampleOf = (path: Buffer, size: number): Promise<string> =>
  read(path, async (file) => {
    const hash = createHash('sha256');
    const piece = Buffer.alloc(sampleBytes);
    for (const at of [0, Math.floor(size / 2), Math.max(0, size - sampleBytes)]) {
      const { bytesRead } = await file.read(piece, 0, sampleBytes, at);
      hash.update(piece.subarray(0, bytesRead));
    }
    return hash.digest('base64url');
  });

/** sha256 (base64url) of all of it, and its mtime, ns. */
export const digestOf = (path: Buffer): Promise<{ readonly digest: string; readonly mtime: string }> =>
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

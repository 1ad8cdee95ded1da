import { createHash } from 'node:crypto';
import { close, closeSync, constants, fstat, fstatSync, open, openSync, read, readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { errorCode } from '../../../src/process/failure.ts';
import { isShortage, outlastShortage } from '../../../src/process/shortage.ts';
import { type HashedPiece, smallFileBytes } from '../verify.ts';
import { slowDisk } from './slow-disk.ts';

const [openFile, closeFile, readFile, statFile] = [open, close, read, fstat].map((call) => promisify(call)) as [
  (path: Buffer, flags: number) => Promise<number>,
  (fd: number) => Promise<void>,
  (
    fd: number,
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
  ) => Promise<number | { bytesRead: number }>,
  (fd: number) => Promise<{ isFile(): boolean }>,
];

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Hashed in one go on the thread of the event loop: less than half a millisecond. */
const blockBytes = 512 * 1024;

/**
 * Hashes a piece of a file, as both sides do it: while one block is hashed the next is read. `path` is absolute, a binary
 * string; what is no regular file is neither opened for long nor followed. While the process is short of open files it waits.
 */
export function hashPiece(path: string, from: number, length: number): Promise<HashedPiece> {
  return outlastShortage(() => hashOnce(path, from, length));
}

async function hashOnce(path: string, from: number, length: number): Promise<HashedPiece> {
  const bytes = Buffer.from(path, 'latin1');
  try {
    // Going to a thread and back for each step costs ten times as much as reading a small file that is in memory.
    if (length <= smallFileBytes && !slowDisk.isSlow()) return await hashSmall(bytes, from, length);
    slowDisk.onLeftToThreads();
    const fd = await openFile(bytes, flags);
    try {
      if (!(await statFile(fd)).isFile()) return { reason: 'NotFile' };
      return await hashOpen(fd, from, length);
    } finally {
      await closeFile(fd);
    }
  } catch (error) {
    const code = errorCode(error);
    // Nobody has looked: it says nothing of what the file holds.
    if (code === '' || isShortage(error)) throw error;
    return { reason: reasons[code] ?? 'Unreadable' };
  }
}

const turnMs = 2;
let turnAt = 0;
let smallBuffer: Buffer | undefined;

async function hashSmall(path: Buffer, from: number, length: number): Promise<HashedPiece> {
  const startedAt = performance.now();
  if (startedAt - turnAt > turnMs) {
    await nextTurn();
    turnAt = performance.now();
  }
  smallBuffer ??= Buffer.allocUnsafeSlow(smallFileBytes);
  const begunAt = performance.now();
  const fd = openSync(path, flags);
  try {
    if (!fstatSync(fd).isFile()) return { reason: 'NotFile' };
    let bytes = 0;
    for (let got = -1; got !== 0 && bytes < length; bytes += got)
      got = readSync(fd, smallBuffer, bytes, length - bytes, from + bytes);
    return { hash: createHash('sha256').update(smallBuffer.subarray(0, bytes)).digest('base64url'), bytes };
  } finally {
    closeSync(fd);
    slowDisk.onRead(performance.now() - begunAt);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'NotFound',
  ENOTDIR: 'NotFound',
  ELOOP: 'NotFile',
  ENXIO: 'NotFile',
  EACCES: 'Denied',
  EPERM: 'Denied',
  ENAMETOOLONG: 'NameTooLong',
};

async function hashOpen(fd: number, from: number, length: number): Promise<HashedPiece> {
  const hash = createHash('sha256');
  const size = Math.min(blockBytes, Math.max(1, length));
  const buffers = [Buffer.allocUnsafe(size), ...(length > size ? [Buffer.allocUnsafe(size)] : [])];
  const readBlock = async (buffer: Buffer, at: number): Promise<number> => {
    const left = Math.min(size, length - at);
    if (left <= 0) return 0;
    const result = await readFile(fd, buffer, 0, left, from + at);
    return typeof result === 'number' ? result : result.bytesRead;
  };
  let bytes = 0;
  let block = 0;
  let next = readBlock(buffers[0] as Buffer, 0);
  for (;;) {
    const got = await next;
    if (got === 0) return { hash: hash.digest('base64url'), bytes };
    const full = (buffers[block % buffers.length] as Buffer).subarray(0, got);
    bytes += got;
    block += 1;
    // A single buffer is read into again only after it was hashed.
    const isLast = bytes >= length;
    if (!isLast && buffers.length > 1) next = readBlock(buffers[block % buffers.length] as Buffer, bytes);
    hash.update(full);
    if (isLast) return { hash: hash.digest('base64url'), bytes };
    if (buffers.length === 1) next = readBlock(buffers[0] as Buffer, bytes);
  }
}

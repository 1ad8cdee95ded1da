import { hash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../../src/process/failure.ts';
import { slowDisk } from './slow-disk.ts';
import { smallFileBytes } from './verify.ts';

export interface HashedFile {
  /** As lstat says them: no link is followed. */
  readonly stats: BigIntStats;
  /** sha256, base64url; undefined for what is no regular file, is empty, or has more than `mostBytes`. */
  readonly hash?: string;
}

const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
let buffer: Buffer | undefined;

/** What a small file is and the hash of what it holds, by one opening; undefined where it can't be opened: lstat may tell. */
export const hashSmallFile = (path: Buffer, mostBytes: number): HashedFile | undefined => {
  const startedAt = performance.now();
  let fd: number | undefined;
  try {
    fd = openSync(path, flags);
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile() || stats.size === 0n || stats.size > Math.min(mostBytes, smallFileBytes)) return { stats };
    buffer ??= Buffer.allocUnsafeSlow(smallFileBytes);
    const size = Number(stats.size);
    let bytes = 0;
    for (let got = -1; got !== 0 && bytes < size; bytes += got) got = readSync(fd, buffer, bytes, size - bytes, bytes);
    return { stats, hash: hash('sha256', buffer.subarray(0, bytes), 'base64url') };
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
    slowDisk.onRead(performance.now() - startedAt);
  }
};

import { type BigIntStats, lstatSync } from 'node:fs';
import type { RelPath } from '../../changes/change.ts';
import { joinPath } from '../../changes/paths.ts';
import { atCurrent, type WatchCalls } from '../../watch/inotify/libc.ts';

/** What a directory's entries say by themselves, without a look at each: quick, but not all of it is sure. */
export interface InodeVisitor {
  /** A name that is no directory; `low` and `high` are the halves of its inode number. */
  visit(low: number, high: number, path: () => RelPath): void;
  /** Entries here can't be trusted or read: each has to be looked at. */
  doubt(directory: RelPath, errno: number): void;
}

const entryBufferBytes = 64 * 1024;
const lengthAt = 16;
const typeAt = 18;
const nameAt = 19;
const directoryType = 4;
const unknownType = 0;

/**
 * Reads all directories below a root, in steps: each `next` reads one. Some file systems (overlays) number entries otherwise
 * than files: the first file of each directory that can be looked at is, and a directory where it differs is told as doubtful.
 */
export function* scanInodes(calls: WatchCalls, root: string, visitor: InodeVisitor): Generator<void> {
  const buffer = Buffer.allocUnsafeSlow(entryBufferBytes);
  const words = new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length >> 2);
  const open: RelPath[] = [''];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const errno = scanOne(calls, root, at, { buffer, words, open, visitor });
    if (errno < 0) visitor.doubt(at, -errno);
    yield;
  }
}

function scanOne(
  calls: WatchCalls,
  root: string,
  directory: RelPath,
  { buffer, words, open, visitor }: { buffer: Buffer; words: Uint32Array; open: RelPath[]; visitor: InodeVisitor },
): number {
  const absolute = directory === '' ? root : `${root}/${directory}`;
  const descriptor = calls.openDirectory(atCurrent, absolute, directory === '' ? 'follow' : undefined);
  if (descriptor < 0) return descriptor;
  let isProven = false;
  try {
    for (;;) {
      const length = calls.readDirectory(descriptor, buffer);
      if (length <= 0) return length;
      for (
        let at = 0;
        at < length;
        at += (buffer[at + lengthAt] as number) | ((buffer[at + lengthAt + 1] as number) << 8)
      ) {
        const type = buffer[at + typeAt];
        const start = at + nameAt;
        if (type === directoryType) {
          const name = nameOf(buffer, start);
          if (name !== '.' && name !== '..') open.push(joinPath(directory, name));
          continue;
        }
        const [low = 0, high = 0] = [words[at >> 2], words[(at >> 2) + 1]];
        if (type === unknownType) return -unprovenErrno;
        if (!isProven) {
          const stats = lookAt(`${absolute}/${nameOf(buffer, start)}`);
          if (stats !== undefined && stats.ino !== (BigInt(high) << 32n) + BigInt(low)) return -unprovenErrno;
          isProven = stats !== undefined;
        }
        visitor.visit(low, high, () => joinPath(directory, nameOf(buffer, start)));
      }
    }
  } finally {
    calls.close(descriptor);
  }
}

/** No error of the system has this number. */
const unprovenErrno = 9_999;

/** Undefined where it went, or can't be looked at: its path is too long, or nobody may search the directory. The next one may prove it. */
function lookAt(path: string): BigIntStats | undefined {
  try {
    return lstatSync(Buffer.from(path, 'latin1'), { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function nameOf(bytes: Buffer, start: number): string {
  return bytes.toString('latin1', start, bytes.indexOf(0, start));
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import { getSystemErrorName } from 'node:util';
import {
  type DirectoryWish,
  decodeName,
  type ListedDirectory,
  type ListedEntry,
  maxHashBytes,
  maxListedNames,
  partOfName,
} from '../verify.ts';
import {
  closeEntries,
  listNames,
  lookAtEntry,
  lookFailure,
  openEntries,
  readSmallFile,
  requireGone,
} from './look-at-entry.ts';
import { slowDisk } from './slow-disk.ts';

/** Between two turns of the event loop. */
const turnMs = 2;

/** How much of contents may be read yet, bytes. */
export interface ReadRoom {
  left: number;
}

interface Found {
  readonly name: string;
  /** As far as the directory tells. */
  readonly isFile: boolean;
}

/**
 * What a directory holds, as both sides tell it. `directory` is an absolute path as a binary string, which may lead to it by
 * a descriptor; no link below it is followed. Names are told as they are, in no order.
 */
export async function listEntries(
  directory: string,
  { part, names, content }: Omit<DirectoryWish, 'path'>,
  limit = maxListedNames,
  room: ReadRoom = { left: maxHashBytes },
): Promise<ListedDirectory> {
  const fd = openEntries(directory, names === undefined);
  try {
    if (names !== undefined) {
      if (fd < 0) requireGone(fd, directory);
      const asked = names.map((name) => ({ name: decodeName(name), isFile: false }));
      return { entries: fd < 0 ? [] : await lookAtAll(fd, asked, room) };
    }
    const found: Found[] = [];
    let count = 0;
    const errno =
      fd < 0
        ? fd
        : listNames(fd, (name, type) => {
            if (part !== undefined && partOfName(name, part.of) !== part.index) return;
            count += 1;
            if (count <= limit) found.push({ name, isFile: content === true && type === 'file' });
          });
    if (errno < 0) return { entries: [], reason: reasonOf(errno, directory) };
    if (count > limit) return { entries: [], reason: 'TooMany', count };
    return { entries: await lookAtAll(fd, found, room) };
  } finally {
    if (fd >= 0) closeEntries(fd);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'NotFound',
  ENOTDIR: 'NotDirectory',
  ELOOP: 'NotDirectory',
  EACCES: 'Denied',
  EPERM: 'Denied',
  ENAMETOOLONG: 'NameTooLong',
};

const reasonOf = (errno: number, directory: string): string => {
  const reason = reasons[getSystemErrorName(errno)];
  if (reason === undefined) throw lookFailure(errno, directory);
  return reason;
};

async function lookAtAll(directory: number, found: readonly Found[], room: ReadRoom): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  let turnAt = performance.now();
  for (const { name, isFile } of found) {
    const entry = (isFile ? readAt(directory, name, room) : undefined) ?? lookAtEntry(directory, name);
    if (entry !== undefined) entries.push(entry);
    if (performance.now() - turnAt < turnMs) continue;
    await nextTurn();
    turnAt = performance.now();
  }
  return entries;
}

/** Undefined where lstat has to tell: where the disk is slow, threads read it afterwards. */
function readAt(directory: number, name: string, room: ReadRoom): ListedEntry | undefined {
  if (slowDisk.isSlow()) return undefined;
  const startedAt = performance.now();
  const entry = readSmallFile(directory, name, room.left);
  slowDisk.onRead(performance.now() - startedAt);
  if (entry?.hash !== undefined) room.left -= entry.size;
  return entry;
}

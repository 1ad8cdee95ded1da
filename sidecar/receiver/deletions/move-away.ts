import { chmodSync, fstatSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import { errnoOf, lastErrno } from '../../../src/process/system/libc.ts';
import {
  beneathCalls,
  cString,
  isThere,
  openBeneath,
  openDirectoryAt,
  reasonOfErrno,
  splitPath,
} from '../beneath/open-beneath.ts';

/** A name in an open directory of the volume's state, which nothing has yet. */
export interface Place {
  readonly fd: number;
  readonly name: string;
}

/**
 * Renames what is at `path` (a binary string below `root`) out of the replica to a place on the same file system. What
 * isn't there, or would be behind a link or a file, counts as gone.
 * @returns null, or in one word why it is still there
 */
export const moveAway = (root: string, path: string, place: Place): string | null => {
  const parts = splitPath(path);
  if (!parts) return 'BadPath';
  const { renameat, close } = beneathCalls();
  const parent = openBeneath(root, parts.parents);
  if (parent < 0) return gone.has(reasonOfErrno(-parent)) ? null : reasonOfErrno(-parent);
  try {
    const move = (): number =>
      renameat(parent, cString(parts.name), place.fd, cString(place.name)) === 0 ? 0 : lastErrno();
    let errno = move();
    if (errno === errnoOf('EACCES')) errno = withWriteAccess(parent, parts.name, move);
    if (errno === 0) return null;
    if (errno !== errnoOf('ENOENT')) return reasonOfErrno(errno);
    // The same is said where the place has gone.
    return isThere(parent, parts.name) ? 'NoPlace' : null;
  } finally {
    close(parent);
  }
};

const gone: ReadonlySet<string> = new Set(['NotFound', 'NotDirectory']);

/** An owner may take from, and move, a directory that it made read-only: as rsync does, by its mode for a moment. */
export const withWriteAccess = (parent: number, name: string, move: () => number): number => {
  const child = openDirectoryAt(parent, name);
  const restore: (() => void)[] = [];
  try {
    for (const fd of child < 0 ? [parent] : [parent, child]) {
      const mode = fstatSync(fd).mode & 0o7777;
      const path = `/proc/self/fd/${fd}`;
      chmodSync(path, mode | 0o700);
      restore.push(() => chmodSync(path, mode));
    }
    return move();
  } catch (error) {
    return errnoOf(errorCode(error));
  } finally {
    for (const undo of restore) undo();
    if (child >= 0) beneathCalls().close(child);
  }
};

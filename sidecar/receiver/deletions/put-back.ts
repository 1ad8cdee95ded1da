import { errnoOf, lastErrno } from '../../../src/process/system/libc.ts';
import { beneathCalls, cString, isThere, makeBeneath, reasonOfErrno, splitPath } from '../beneath/open-beneath.ts';
import type { Place } from './move-away.ts';

const noReplace = 1;

/**
 * Renames a kept entry back to `path` below the replica `root`, making directories that are missing on the way.
 * @returns null, `NotKept` when the place is empty, `Taken` when something is at `path`, or another word
 */
export const putBack = (root: string, path: string, place: Place): string | null => {
  const parts = splitPath(path);
  if (!parts) return 'BadPath';
  // Of what was not there when it was deleted no directory is made either.
  if (!isThere(place.fd, place.name)) return 'NotKept';
  const { close, renameat2 } = beneathCalls();
  const parent = makeBeneath(root, parts.parents);
  if (parent < 0) return reasonOfErrno(-parent) === 'NotDirectory' ? 'Taken' : reasonOfErrno(-parent);
  try {
    if (renameat2(place.fd, cString(place.name), parent, cString(parts.name), noReplace) === 0) return null;
    const errno = lastErrno();
    if (errno === errnoOf('EEXIST')) return 'Taken';
    // Some file systems can't promise it: the writer waits for this answer, so nothing else makes names here.
    return errno === errnoOf('EINVAL') ? putBackUnlessThere(parent, parts.name, place) : reasonOfErrno(errno);
  } finally {
    close(parent);
  }
};

const putBackUnlessThere = (parent: number, name: string, place: Place): string | null => {
  if (isThere(parent, name)) return 'Taken';
  return beneathCalls().renameat(place.fd, cString(place.name), parent, cString(name)) === 0
    ? null
    : reasonOfErrno(lastErrno());
};

import { errnoOf, lastErrno } from '../../../src/process/system/libc.ts';
import {
  beneathCalls,
  cString,
  isThere,
  makeBeneath,
  openBeneath,
  reasonOfErrno,
  splitPath,
} from '../beneath/open-beneath.ts';

/**
 * Renames `from` to `to` (binary strings below `root`), as rename(2) does: a file replaces a file, a directory only an
 * empty one. Directories that are missing on the way to `to` are made, for they may be as new as the name. Never leaves
 * `root`.
 * @returns null, or in one word why not
 */
export const renameBeneath = (root: string, from: string, to: string): string | null => {
  const source = splitPath(from);
  const target = splitPath(to);
  if (!source || !target) return 'BadPath';
  const { renameat, close } = beneathCalls();
  const sourceParent = openBeneath(root, source.parents);
  if (sourceParent < 0) return reasonOfErrno(-sourceParent);
  try {
    let targetParent = openBeneath(root, target.parents);
    if (targetParent === -errnoOf('ENOENT') && isThere(sourceParent, source.name))
      targetParent = makeBeneath(root, target.parents);
    if (targetParent < 0) return reasonOfErrno(-targetParent);
    try {
      const result = renameat(sourceParent, cString(source.name), targetParent, cString(target.name));
      return result === 0 ? null : reasonOfErrno(lastErrno());
    } finally {
      close(targetParent);
    }
  } finally {
    close(sourceParent);
  }
};

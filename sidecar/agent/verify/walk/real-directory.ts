import { lstatSync } from 'node:fs';
import type { RelPath } from '../../changes/change.ts';
import { parentOf } from '../../changes/paths.ts';

/** Whether a directory is there and no name on the way to it is a symlink; that of the root itself may be one. */
export function isRealDirectory(absolute: (path: RelPath) => string, directory: RelPath): boolean {
  for (let path = directory; path !== ''; path = parentOf(path)) {
    try {
      if (!lstatSync(Buffer.from(absolute(path), 'latin1'), { throwIfNoEntry: false })?.isDirectory()) return false;
    } catch {
      // What can't be looked at can't be compared.
      return false;
    }
  }
  return true;
}

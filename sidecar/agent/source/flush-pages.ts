import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from '../../../src/process/failure.ts';

/** A FIFO that took the name must not be waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const notOurs = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'EACCES', 'EPERM', 'EINVAL', 'EROFS', 'EIO']);

/**
 * Writes to disk what was written to a file through a mapping: then its pages can't be written again without its ctime
 * moving. Without it whoever has read the file doesn't know by its ctime that nothing came after.
 */
export async function flushPages(path: Buffer): Promise<void> {
  try {
    const file = await open(path, flags);
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // It went, or may not be read: whoever sends it will say so.
    if (!notOurs.has(errorCode(error))) throw error;
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { outlastShortage } from '../../../src/process/shortage.ts';

/** A FIFO that took the name must not be waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * Writes to disk what was written to a file through a mapping: then its pages can't be written again without its ctime
 * moving. Without it whoever has read the file doesn't know by its ctime that nothing came after. While the process is
 * short of open files it is tried again, until `signal` ends it.
 */
export async function flushPages(path: Buffer, signal: AbortSignal): Promise<void> {
  const flush = async (): Promise<void> => {
    const file = await open(path, flags);
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  };
  // It went, or can't be read or written: whoever sends it will say so.
  await outlastShortage(flush, signal).catch(() => {});
}

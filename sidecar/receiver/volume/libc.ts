import { bindLibc, type LibcFunction } from '../../../src/process/system/libc.ts';

let syncfsFunction: LibcFunction | undefined;
let flockFunction: LibcFunction | undefined;

const lockExclusive = 2;
const lockNonBlocking = 4;

/** Makes all that was written to the file system of `fd` durable (syncfs(2)), on a thread of its own. */
export const syncFileSystem = (fd: number): Promise<void> => {
  syncfsFunction ??= bindLibc('int syncfs(int fd)');
  const syncfs = syncfsFunction;
  return new Promise((resolve, reject) => {
    syncfs.async(fd, (error: Error | null, result: number) => {
      if (error) reject(error);
      else if (result === 0) resolve();
      else reject(new Error('syncfs failed: the volume reports a write error'));
    });
  });
};

/** Locks an open file against every other open of it (flock(2)); false when somebody else has the lock. */
export const tryLock = (fd: number): boolean => {
  flockFunction ??= bindLibc('int flock(int fd, int operation)');
  return flockFunction(fd, lockExclusive | lockNonBlocking) === 0;
};

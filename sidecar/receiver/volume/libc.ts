import { bindLibc, type LibcFunction } from '../../../src/process/system/libc.ts';

let flockFunction: LibcFunction | undefined;

const lockExclusive = 2;
const lockNonBlocking = 4;

/** Locks an open file against every other open of it (flock(2)); false when somebody else has the lock. */
export const tryLock = (fd: number): boolean => {
  flockFunction ??= bindLibc('int flock(int fd, int operation)');
  return flockFunction(fd, lockExclusive | lockNonBlocking) === 0;
};

import { closeSync, fstatSync, openSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bindLibc, lastErrno } from '../../../src/process/system/libc.ts';

/** An odd second, and the last nanosecond in it: what a file system leaves out of it is its granularity but one. */
const probe = 1_000_000_001_999_999_999n;

/** What a file's times are rounded down to in a directory, ns; 1 where they are kept as they are. */
export const measureTimeGranularity = (directory: string): number => {
  const path = join(directory, `time-${process.pid}`);
  const fd = openSync(path, 'w', 0o600);
  try {
    const times = new BigInt64Array([probe / 1_000_000_000n, probe % 1_000_000_000n]);
    const both = Buffer.from(new BigInt64Array([...times, ...times]).buffer);
    const futimens = bindLibc('int futimens(int fd, const void *times)');
    if (futimens(fd, both) !== 0) throw new Error(`set the time of ${path}: errno ${lastErrno()}`);
    const left = probe - fstatSync(fd, { bigint: true }).mtimeNs;
    return left < 0n ? 1 : Number(left) + 1;
  } finally {
    closeSync(fd);
    unlinkSync(path);
  }
};

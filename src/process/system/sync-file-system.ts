import { closeSync, openSync } from 'node:fs';
import { bindLibc, type LibcFunction } from './libc.ts';

let syncfsFunction: LibcFunction | undefined;

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

/** The same of the file system that a directory is in. Linux; elsewhere nothing is done. */
export const syncFileSystemOf = async (directory: string): Promise<void> => {
  if (process.platform !== 'linux') return;
  const fd = openSync(directory, 'r');
  try {
    await syncFileSystem(fd);
  } finally {
    closeSync(fd);
  }
};

import { atCurrent, bindWatchCalls } from './libc.ts';

const create = 0x100;

/** Whether an inotify instance and a watch can be had now; they are given back. `root` is absolute. Linux. */
export const canWatch = (root: string): boolean => {
  const calls = bindWatchCalls();
  const inotify = calls.inotifyInit();
  if (inotify < 0) return false;
  const directory = calls.openDirectory(atCurrent, Buffer.from(root).toString('latin1'), 'follow');
  const wd = directory < 0 ? directory : calls.addWatch(inotify, directory, create);
  if (directory >= 0) calls.close(directory);
  calls.close(inotify);
  return wd >= 0;
};

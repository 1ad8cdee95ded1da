import { constants } from 'node:fs';
import { bindLibc, errnoOf, lastErrno } from '../../../../src/process/system/libc.ts';

/**
 * The system calls of a watch. Each answers like the kernel does: a value ≥ 0, or the errno negated.
 * Names and paths are binary strings.
 */
export interface WatchCalls {
  inotifyInit(): number;
  /** Watches the directory that `directory` is open on. */
  addWatch(inotify: number, directory: number, mask: number): number;
  removeWatch(inotify: number, wd: number): number;
  /** Opens a directory, never through a symbolic link in the last component; `at` may be `atCurrent`. */
  openDirectory(at: number, path: string, follow?: 'follow'): number;
  readDirectory(directory: number, into: Buffer): number;
  /** Never waits on an inotify descriptor: it is non-blocking. */
  read(descriptor: number, into: Buffer): number;
  close(descriptor: number): number;
  /** Makes `target` another name of `source`. */
  replaceDescriptor(source: number, target: number): number;
  /** A pipe whose ends are the answer, or one negated errno. */
  makePipe(): readonly [number, number] | number;
}

/** AT_FDCWD: a path is taken as it is. */
export const atCurrent = -100;

/** The longest path the kernel takes in one call, with its NUL. */
export const pathMax = 4096;

const closeOnExec = 0o2000000;
const nonBlocking = constants.O_NONBLOCK;
const openFlags = constants.O_RDONLY | constants.O_DIRECTORY | closeOnExec;

let bound: WatchCalls | undefined;

/** @throws Failure `LibcUnavailable` where there is no glibc. */
export const bindWatchCalls = (): WatchCalls => {
  bound ??= bindAll();
  return bound;
};

const bindAll = (): WatchCalls => {
  const init = bindLibc('int inotify_init1(int flags)');
  const add = bindLibc('int inotify_add_watch(int fd, const void *path, uint32_t mask)');
  const remove = bindLibc('int inotify_rm_watch(int fd, int wd)');
  const openAt = bindLibc('int openat(int at, const void *path, int flags)');
  const getEntries = bindLibc('intptr_t getdents64(int fd, void *into, size_t size)');
  const readFd = bindLibc('intptr_t read(int fd, void *into, size_t size)');
  const closeFd = bindLibc('int close(int fd)');
  const dup = bindLibc('int dup3(int from, int to, int flags)');
  const pipe = bindLibc('int pipe2(void *ends, int flags)');
  const path = Buffer.alloc(pathMax);
  const answer = (result: number): number => (result < 0 ? -lastErrno() : result);
  const tooLong = -errnoOf('ENAMETOOLONG');
  const putPath = (text: string): void => {
    path.write(text, 0, 'latin1');
    path[text.length] = 0;
  };

  return {
    inotifyInit: () => answer(init(closeOnExec | nonBlocking)),
    addWatch(inotify, directory, mask) {
      // The dot makes the kernel follow the magic link although IN_DONT_FOLLOW is in the mask.
      putPath(`/proc/self/fd/${directory}/.`);
      return answer(add(inotify, path, mask));
    },
    removeWatch: (inotify, wd) => answer(remove(inotify, wd)),
    openDirectory(at, text, follow) {
      if (text.length >= pathMax) return tooLong;
      putPath(text);
      return answer(openAt(at, path, follow === undefined ? openFlags | constants.O_NOFOLLOW : openFlags));
    },
    readDirectory: (directory, into) => answer(Number(getEntries(directory, into, into.length))),
    read: (descriptor, into) => answer(Number(readFd(descriptor, into, into.length))),
    close: (descriptor) => answer(closeFd(descriptor)),
    replaceDescriptor: (source, target) => answer(dup(source, target, closeOnExec)),
    makePipe() {
      const ends = new Int32Array(2);
      const result = answer(pipe(ends, closeOnExec));
      return result < 0 ? result : [ends[0] as number, ends[1] as number];
    },
  };
};

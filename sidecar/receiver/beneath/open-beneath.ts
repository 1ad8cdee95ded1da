import { constants, lstatSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { bindLibc, errnoOf, type LibcFunction, lastErrno } from '../../../src/process/system/libc.ts';

/** libc's calls on names below an open directory: what a hostile sender swaps for a link meanwhile leads nowhere. */
export interface BeneathCalls {
  readonly openat: LibcFunction;
  readonly renameat: LibcFunction;
  readonly renameat2: LibcFunction;
  readonly mkdirat: LibcFunction;
  readonly close: LibcFunction;
}

let bound: BeneathCalls | undefined;

export const beneathCalls = (): BeneathCalls => {
  bound ??= {
    openat: bindLibc('int openat(int at, const void *name, int flags)'),
    renameat: bindLibc('int renameat(int from, const void *old, int to, const void *name)'),
    renameat2: bindLibc('int renameat2(int from, const void *old, int to, const void *name, unsigned int flags)'),
    mkdirat: bindLibc('int mkdirat(int at, const void *name, unsigned int mode)'),
    close: bindLibc('int close(int fd)'),
  };
  return bound;
};

/** What an errno means for a rename or a deletion, in one word. */
const reasons = {
  ENOENT: 'NotFound',
  ENOTDIR: 'NotDirectory',
  EISDIR: 'IsDirectory',
  ENOTEMPTY: 'NotEmpty',
  EEXIST: 'NotEmpty',
  EINVAL: 'IntoItself',
  EXDEV: 'OtherFileSystem',
  EBUSY: 'Busy',
  EROFS: 'ReadOnly',
  EACCES: 'Denied',
  EPERM: 'Denied',
  ENAMETOOLONG: 'NameTooLong',
  ENOSPC: 'Full',
  EDQUOT: 'Full',
} as const;

let words: ReadonlyMap<number, string> | undefined;

/** The word for an errno. */
export const reasonOfErrno = (errno: number): string => {
  words ??= new Map(Object.entries(reasons).map(([name, reason]) => [errnoOf(name), reason]));
  return words.get(errno) ?? `Errno${errno}`;
};

/** Null for what is no plain path: empty, absolute, with `.`, `..`, an empty component or a NUL. */
export const splitPath = (path: string): { parents: string[]; name: string } | null => {
  const parts = path.split('/');
  if (path.includes('\x00') || parts.some((part) => part === '' || part === '.' || part === '..')) return null;
  const name = parts.pop();
  return name === undefined ? null : { parents: parts, name };
};

const atCurrent = -100;
const oPath = 0o10000000;
const oCloexec = 0o2000000;
const directoryFlags = oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW | oCloexec;

/** A descriptor (O_PATH) of the directory of this name below another, or the errno negated. Never follows a link. */
export const openDirectoryAt = (at: number, name: string): number => {
  const fd: number = beneathCalls().openat(at, cString(name), directoryFlags);
  return fd < 0 ? -lastErrno() : fd;
};

/**
 * A descriptor of the directory reached from `root` (a path of ours) by names (binary strings), or the errno negated:
 * each is opened from the one before, without following links.
 */
export const openBeneath = (root: string, names: readonly string[]): number => {
  const { openat, close } = beneathCalls();
  let at: number = openat(atCurrent, Buffer.from(`${root}\x00`), directoryFlags);
  if (at < 0) return -lastErrno();
  for (const name of names) {
    const next = openDirectoryAt(at, name);
    close(at);
    if (next < 0) return next;
    at = next;
  }
  return at;
};

/** As openBeneath; undefined where nothing is, or what is above it is no directory. @throws where that can't be told */
export const openIfThere = (root: string, names: readonly string[]): number | undefined => {
  const fd = openBeneath(root, names);
  if (fd >= 0) return fd;
  const code = getSystemErrorName(fd);
  if (nothing.has(code)) return undefined;
  throw Object.assign(new Error(`open ${names.join('/')}: ${code}`), { code });
};

const nothing: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG']);

/** As openBeneath, and what is missing is made; the run that follows gives it its attributes. */
export const makeBeneath = (root: string, names: readonly string[]): number => {
  const { mkdirat, close } = beneathCalls();
  let at = openBeneath(root, []);
  for (const name of names) {
    if (at < 0) return at;
    let next = openDirectoryAt(at, name);
    if (next === -errnoOf('ENOENT')) {
      mkdirat(at, cString(name), 0o755);
      next = openDirectoryAt(at, name);
    }
    close(at);
    at = next;
  }
  return at;
};

/** Whether an open directory has an entry of this name; also where that can't be told. */
export const isThere = (at: number, name: string): boolean => {
  try {
    const path = Buffer.from(`/proc/self/fd/${at}/${name}`, 'latin1');
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
};

export const cString = (name: string): Buffer => Buffer.from(`${name}\x00`, 'latin1');

import { constants } from 'node:fs';
import { bindLibc, errnoOf, type LibcFunction, lastErrno } from '../../../src/process/libc.ts';

interface RenameCalls {
  readonly openat: LibcFunction;
  readonly renameat: LibcFunction;
  readonly close: LibcFunction;
  readonly reasons: ReadonlyMap<number, string>;
  readonly notFound: number;
}

let bound: RenameCalls | undefined;

/** What an errno of the two calls means for a hint. */
const reasons = {
  ENOENT: 'NotFound',
  ENOTDIR: 'NotDirectory',
  EISDIR: 'IsDirectory',
  ENOTEMPTY: 'NotEmpty',
  EEXIST: 'NotEmpty',
  EINVAL: 'IntoItself',
  EXDEV: 'OtherFileSystem',
  EACCES: 'Denied',
  EPERM: 'Denied',
  ENAMETOOLONG: 'NameTooLong',
  ENOSPC: 'Full',
} as const;

const bind = (): RenameCalls => {
  bound ??= {
    openat: bindLibc('int openat(int at, const void *name, int flags)'),
    renameat: bindLibc('int renameat(int from, const void *old, int to, const void *name)'),
    close: bindLibc('int close(int fd)'),
    reasons: new Map(Object.entries(reasons).map(([name, reason]) => [errnoOf(name), reason])),
    notFound: errnoOf('ENOENT'),
  };
  return bound;
};

const atCurrent = -100;
const oPath = 0o10000000;
const oCloexec = 0o2000000;

/**
 * Renames `from` to `to` (binary strings below `root`), as rename(2) does: a file replaces a file, a directory only an
 * empty one. Never leaves `root`: every directory on the way is opened by name from the one before, without following
 * links, so that one swapped for a link meanwhile fails instead of leading elsewhere.
 * @returns null, or in one word why not
 */
export const renameBeneath = (root: string, from: string, to: string): string | null => {
  const source = splitPath(from);
  const target = splitPath(to);
  if (!source || !target) return 'BadPath';
  const calls = bind();
  const sourceParent = openParent(calls, root, source.parents);
  if (sourceParent < 0) return describe(calls, -sourceParent);
  try {
    const targetParent = openParent(calls, root, target.parents);
    if (targetParent === -calls.notFound) return 'ParentMissing';
    if (targetParent < 0) return describe(calls, -targetParent);
    try {
      const result = calls.renameat(sourceParent, cString(source.name), targetParent, cString(target.name));
      return result === 0 ? null : describe(calls, lastErrno());
    } finally {
      calls.close(targetParent);
    }
  } finally {
    calls.close(sourceParent);
  }
};

const describe = (calls: RenameCalls, errno: number): string => calls.reasons.get(errno) ?? `Errno${errno}`;

/** Null for what is no plain path: empty, absolute, with `.`, `..`, an empty component or a NUL. */
const splitPath = (path: string): { parents: string[]; name: string } | null => {
  const parts = path.split('/');
  if (path.includes('\x00') || parts.some((part) => part === '' || part === '.' || part === '..')) return null;
  const name = parts.pop();
  return name === undefined ? null : { parents: parts, name };
};

/** A descriptor of the directory, or the errno negated. */
const openParent = (calls: RenameCalls, root: string, parents: readonly string[]): number => {
  const flags = oPath | constants.O_DIRECTORY | constants.O_NOFOLLOW | oCloexec;
  const open = (at: number, name: Buffer): number => {
    const fd: number = calls.openat(at, name, flags);
    return fd < 0 ? -lastErrno() : fd;
  };
  let at = open(atCurrent, Buffer.from(`${root}\x00`));
  for (const name of parents) {
    if (at < 0) return at;
    const next = open(at, cString(name));
    calls.close(at);
    at = next;
  }
  return at;
};

const cString = (name: string): Buffer => Buffer.from(`${name}\x00`, 'latin1');

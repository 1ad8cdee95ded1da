import { hash } from 'node:crypto';
import { constants } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { Failure } from '../../../src/process/failure.ts';
import { type DirectoryCalls, type EntryType, readEntries } from '../../../src/process/system/directory-entries.ts';
import { bindLibc, errnoOf, type LibcFunction, lastErrno } from '../../../src/process/system/libc.ts';
import { at, attributesMask, makeLooker, type OpenLooker, typeOf } from '../../../src/process/system/statx.ts';
import { encodeName, type ListedEntry, smallFileBytes } from '../verify.ts';

/** Relative to an open directory, whose path is walked once and not for each name; no object is made on the way to an entry. */
interface Calls extends DirectoryCalls {
  readonly openat: LibcFunction;
  readonly readlinkat: LibcFunction;
  readonly read: LibcFunction;
  readonly close: LibcFunction;
  readonly looker: OpenLooker;
  readonly name: Buffer;
  readonly content: Buffer;
  readonly listed: Buffer;
  /** What says that an entry is not there, or not to be reached. EINVAL: it was a symlink a moment ago. */
  readonly gone: ReadonlySet<number>;
}

/** PATH_MAX, with its NUL. */
const pathBytes = 4_096;
const listBytes = 32 * 1024;
let bound: Calls | undefined;

const bindCalls = (): Calls => {
  bound ??= bindAll();
  return bound;
};

const bindAll = (): Calls => {
  const getEntries = bindLibc('intptr_t getdents64(int fd, void *into, size_t size)');
  return {
    readDirectory: (directory, into) => answerOf(Number(getEntries(directory, into, into.length))),
    openat: bindLibc('int openat(int at, const void *name, int flags)'),
    readlinkat: bindLibc('intptr_t readlinkat(int at, const void *name, void *into, size_t size)'),
    read: bindLibc('intptr_t read(int fd, void *into, size_t size)'),
    close: bindLibc('int close(int fd)'),
    looker: makeLooker(attributesMask),
    name: Buffer.allocUnsafeSlow(pathBytes),
    content: Buffer.allocUnsafeSlow(smallFileBytes),
    listed: Buffer.allocUnsafeSlow(listBytes),
    gone: new Set(['ENOENT', 'ENOTDIR', 'EINVAL', 'EACCES', 'EPERM', 'ENAMETOOLONG'].map(errnoOf)),
  };
};

const answerOf = (result: number): number => (result < 0 ? -lastErrno() : result);

const atCurrent = -100;
const closeOnExec = 0o2000000;
const pathOnly = 0o10000000;
const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | closeOnExec;
const fileFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | closeOnExec;

/**
 * A directory to look into, by an absolute path (a binary string), or a negated errno. `toList`: it is listed too, which
 * takes more permission.
 */
export const openEntries = (path: string, toList: boolean): number => {
  const { openat, name } = bindCalls();
  if (!putName(name, path)) return -errnoOf('ENAMETOOLONG');
  return answerOf(openat(atCurrent, name, toList ? directoryFlags : directoryFlags | pathOnly));
};

export const closeEntries = (directory: number): void => {
  bindCalls().close(directory);
};

/** Calls `visit` with each name in a directory that was opened to be listed. @returns 0 or a negated errno */
export const listNames = (directory: number, visit: (name: string, type: EntryType) => void): number => {
  const calls = bindCalls();
  return readEntries(calls, directory, calls.listed, 'all', visit);
};

/** What is under a name in an open directory, as lstat says it; undefined for what is not there. */
export const lookAtEntry = (directory: number, name: string): ListedEntry | undefined => {
  const { readlinkat, looker, name: bytes, content } = bindCalls();
  if (!putName(bytes, name)) return undefined;
  const answer = looker.look(directory, bytes);
  if (answer < 0) return requireGone(answer, name);
  const entry = describe(name, looker.words);
  if (entry.type !== 'symlink') return entry;
  const length = answerOf(Number(readlinkat(directory, bytes, content, pathBytes)));
  if (length < 0) return requireGone(length, name);
  return { ...entry, link: content.toString('base64url', 0, length) };
};

/**
 * What a small file is and, unless it is empty, has more than `mostBytes`, or is none, the hash of what it holds, by one
 * opening; undefined where it can't be opened or read: a look may tell.
 */
export const readSmallFile = (directory: number, name: string, mostBytes: number): ListedEntry | undefined => {
  const { openat, read, close, looker, name: bytes, content } = bindCalls();
  if (!putName(bytes, name)) return undefined;
  const fd: number = openat(directory, bytes, fileFlags);
  if (fd < 0) return undefined;
  try {
    if (looker.lookAtOpen(fd) < 0) return undefined;
    const entry = describe(name, looker.words);
    const { type, size } = entry;
    if (type !== 'file' || size === 0 || size > Math.min(mostBytes, smallFileBytes)) return entry;
    let length = 0;
    for (let got = -1; got !== 0 && length < size; length += got) {
      got = Number(read(fd, content.subarray(length), size - length));
      if (got < 0) return undefined;
    }
    return { ...entry, hash: hash('sha256', content.subarray(0, length), 'base64url') };
  } finally {
    close(fd);
  }
};

const putName = (into: Buffer, name: string): boolean => {
  if (name.length >= into.length) return false;
  into.write(name, 0, 'latin1');
  into[name.length] = 0;
  return true;
};

/** Throws for a negated errno that says something else than that nothing is there. */
export const requireGone = (errno: number, name: string): undefined => {
  if (!bindCalls().gone.has(-errno)) throw lookFailure(errno, name);
};

/** `errno`: negated. */
export const lookFailure = (errno: number, name: string): Failure => {
  const code = getSystemErrorName(errno);
  return new Failure(code, `look at ${JSON.stringify(name)}: ${code}`);
};

const types: Readonly<Record<number, ListedEntry['type']>> = {
  [constants.S_IFREG]: 'file',
  [constants.S_IFDIR]: 'directory',
  [constants.S_IFLNK]: 'symlink',
};

const describe = (name: string, words: Uint32Array): ListedEntry => {
  const type = types[typeOf(words)] ?? 'other';
  const word = (index: number): number => words[index] as number;
  return {
    name: encodeName(name),
    type,
    size: type === 'file' ? word(at.size) + word(at.size + 1) * 2 ** 32 : 0,
    mtime: nanosecondsOf(word(at.modifySeconds), word(at.modifySeconds + 1), word(at.modifyNanoseconds)),
    mode: word(at.mode) & 0o7777,
    uid: word(at.uid),
    gid: word(at.gid),
  };
};

/** Of a time in seconds, in two words, and nanoseconds. Without a big number where it does without, as for all after 1970. */
const nanosecondsOf = (low: number, high: number, nanoseconds: number): string => {
  const seconds = (high | 0) * 2 ** 32 + low;
  if (seconds > 0) return `${seconds}${String(nanoseconds).padStart(9, '0')}`;
  return String(BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds));
};

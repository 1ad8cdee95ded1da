import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import { attributeNames } from '../../protocol/attribute-names.ts';
import { type SmallDirectory, type SmallFile, smallFileLimits } from '../../protocol/small-files.ts';
import type { RelPath } from '../changes/change.ts';

/** A small file, without its name, and how many bytes it has. */
export type ReadFile = Omit<SmallFile, 'path'> & { readonly bytes: number };
export type ReadDirectory = Required<Omit<SmallDirectory, 'path'>>;

type Soon<T> = T | Promise<T>;

/** What goes the small way is read of a real source, or of a model of one. */
export interface SmallReader {
  /** A plain file of one name, read whole; undefined for anything else, and for what can't be read: rsync says what it is. */
  file(path: RelPath): Soon<ReadFile | undefined>;
  /** A directory's own attributes; undefined for what is none, and where it has more than are sent. */
  directory(path: RelPath): Soon<ReadDirectory | undefined>;
  /** The time of a directory, ns since 1970; undefined for what is none. */
  directoryTime(path: RelPath): Soon<string | undefined>;
}

/** `root` is a binary string. `xattrs`: they are kept, so that what has some can't go this way. */
export const makeSmallReader = (root: string, { xattrs }: { readonly xattrs: boolean }): SmallReader => ({
  file: (path) => readSmallFile(absolute(root, path), xattrs),
  directory: (path) => readSmallDirectory(absolute(root, path), xattrs),
  directoryTime: (path) => readDirectoryTime(absolute(root, path)),
});

const readSmallFile = (path: Buffer, xattrs: boolean): ReadFile | undefined => {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size, mode, mtimeNs, nlink } = fstatSync(fd, { bigint: true });
    const isPlain = (Number(mode) & constants.S_IFMT) === constants.S_IFREG && nlink === 1n;
    if (!isPlain || size > smallFileLimits.fileBytes || (xattrs && hasAttributes(fd))) return undefined;
    const content = Buffer.allocUnsafe(Number(size) + 1);
    let bytes = 0;
    for (let got = -1; got !== 0 && bytes < content.length; bytes += got)
      got = readSync(fd, content, bytes, content.length - bytes, null);
    // It grows or shrinks just now.
    if (bytes !== Number(size)) return undefined;
    return {
      content: content.toString('base64url', 0, bytes),
      mode: Number(mode) & 0o7777,
      mtimeNs: String(mtimeNs),
      bytes,
    };
  } catch (error) {
    if (errorCode(error) === '') throw error;
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

const readSmallDirectory = (path: Buffer, xattrs: boolean): ReadDirectory | undefined => {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_DIRECTORY);
    const { mode, mtimeNs } = fstatSync(fd, { bigint: true });
    return xattrs && hasAttributes(fd) ? undefined : { mode: Number(mode) & 0o7777, mtimeNs: String(mtimeNs) };
  } catch (error) {
    if (errorCode(error) === '') throw error;
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
};

const readDirectoryTime = (path: Buffer): string | undefined => {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isDirectory() ? String(stats.mtimeNs) : undefined;
};

const absolute = (root: string, path: RelPath): Buffer =>
  Buffer.from(path === '' ? `${root}/` : `${root}/${path}`, 'latin1');

/** Also where it can't be told. */
const hasAttributes = (fd: number): boolean => attributeNames(`/proc/self/fd/${fd}`)?.length !== 0;

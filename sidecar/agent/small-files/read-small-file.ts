import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import { attributeNames } from '../../protocol/entries/attribute-names.ts';
import { type SmallDirectory, type SmallFile, smallFileLimits } from '../../protocol/small-files.ts';
import type { RelPath } from '../changes/change.ts';

/** A small file, without its name, and how many bytes it has; or a directory's own attributes. */
export type ReadEntry =
  | (Omit<SmallFile, 'path'> & { readonly kind: 'file'; readonly bytes: number })
  | (Required<Omit<SmallDirectory, 'path'>> & { readonly kind: 'directory' });

type Soon<T> = T | Promise<T>;

/** What goes the small way is read of a real source, or of a model of one. */
export interface SmallReader {
  /**
   * A plain file of one name, read whole, or a directory; undefined for anything else, for what has more attributes than are
   * sent, and for what can't be read: rsync says what it is.
   */
  entry(path: RelPath): Soon<ReadEntry | undefined>;
  /** The time of a directory, ns since 1970; undefined for what is none. */
  directoryTime(path: RelPath): Soon<string | undefined>;
}

/** `root` is a binary string. `xattrs`: they are kept, so that what has some can't go this way. */
export const makeSmallReader = (root: string, { xattrs }: { readonly xattrs: boolean }): SmallReader => ({
  entry: (path) => readSmallEntry(absolute(root, path), xattrs),
  directoryTime: (path) => readDirectoryTime(absolute(root, path)),
});

const readSmallEntry = (path: Buffer, xattrs: boolean): ReadEntry | undefined => {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const stats = fstatSync(fd, { bigint: true });
    const { size, nlink } = stats;
    const attributes = { mode: Number(stats.mode) & 0o7777, mtimeNs: String(stats.mtimeNs) };
    if (xattrs && hasAttributes(fd)) return undefined;
    if (stats.isDirectory()) return { kind: 'directory', ...attributes };
    if (!stats.isFile() || nlink !== 1n || size > smallFileLimits.fileBytes) return undefined;
    const content = Buffer.allocUnsafe(Number(size) + 1);
    let bytes = 0;
    for (let got = -1; got !== 0 && bytes < content.length; bytes += got)
      got = readSync(fd, content, bytes, content.length - bytes, null);
    // It grows or shrinks just now.
    if (bytes !== Number(size)) return undefined;
    return { kind: 'file', content: content.toString('base64url', 0, bytes), ...attributes, bytes };
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

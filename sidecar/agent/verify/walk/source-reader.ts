import { hashPiece } from '../../../protocol/entries/hash-piece.ts';
import { listEntries } from '../../../protocol/entries/list-entries.ts';
import type { DirectoryWish, HashedPiece, ListedDirectory } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { isRealDirectory } from './real-directory.ts';

/** What a verification reads of the source: a real one, or a model of one. */
export interface SourceReader {
  /** Whether a directory is there and no name on the way to it is a symlink; that of the root itself may be one. */
  isRealDirectory(directory: RelPath): boolean;
  list(directory: RelPath, wish: Omit<DirectoryWish, 'path'>, limit?: number): Promise<ListedDirectory>;
  hash(path: RelPath, from: number, length: number): Promise<HashedPiece>;
}

/** `root` is an absolute path, a binary string. */
export function makeSourceReader(root: string): SourceReader {
  const absolute = (path: RelPath): string => (path === '' ? root : `${root}/${path}`);
  return {
    isRealDirectory: (directory) => isRealDirectory(absolute, directory),
    list: (directory, wish, limit) => listEntries(absolute(directory), wish, limit),
    hash: (path, from, length) => hashPiece(absolute(path), from, length),
  };
}

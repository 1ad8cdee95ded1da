/**
 * What agent and receiver say to each other while a replica is verified. Names and paths are base64url of their bytes; the path ''
 * is the root of the replica. Nothing is changed by these, and only the writer may ask.
 */

/** POST /v1/volumes/{volume}/list: what is in some directories, as lstat says it. */
export interface ListRequest {
  readonly epoch: number;
  readonly directories: readonly DirectoryWish[];
}

/**
 * All that a directory holds; or one part of it: the names that fall into it by `partOfName`; or only some names. With `content`
 * small files are read on the way; one that doesn't know of it tells of no hashes.
 */
export interface DirectoryWish {
  readonly path: string;
  readonly content?: true;
  readonly part?: { readonly index: number; readonly of: number };
  readonly names?: readonly string[];
}

export interface ListAnswer {
  readonly directories: readonly ListedDirectory[];
}

export interface ListedDirectory {
  /** What vanished meanwhile, and of `names` what is not there, is not among them. */
  readonly entries: readonly ListedEntry[];
  /**
   * Why `entries` says nothing, in one word: NotFound, NotDirectory, Denied; `TooMany`: `count` names are more than one answer
   * holds, and it is to be asked for in parts.
   */
  readonly reason?: string;
  readonly count?: number;
}

export interface ListedEntry {
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** Of a file, bytes; else 0. */
  readonly size: number;
  /** ns since 1970. */
  readonly mtime: string;
  /** The twelve lowest bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Where a symlink leads. */
  readonly link?: string;
  /** sha256 (base64url) of all that a file holds; only of one that is small, was asked for, and could be read. */
  readonly hash?: string;
}

/** POST /v1/volumes/{volume}/hash: the content of pieces of files. At most `maxHashBytes` a call. */
export interface HashRequest {
  readonly epoch: number;
  readonly pieces: readonly PieceWish[];
}
export interface PieceWish {
  readonly path: string;
  readonly from: number;
  readonly length: number;
}
export interface HashAnswer {
  readonly pieces: readonly HashedPiece[];
}

/** sha256 (base64url) over the `bytes` that there were; or why there is none, in one word. */
export type HashedPiece =
  | { readonly hash: string; readonly bytes: number }
  | { readonly hash?: undefined; readonly reason: string };

/** Names in one answer about one directory, and directories in one call. */
export const maxListedNames = 20_000;
export const maxListedDirectories = 1_000;
/** Up to it a file is read on the way, bytes; all of one call together at most `maxHashBytes`. */
export const smallFileBytes = 64 * 1024;
export const maxHashBytes = 64 * 1024 * 1024;
export const maxHashedPieces = 1_000;

/** Into which of `of` parts a name (binary string) falls: the same on both sides, so that a part can be compared by itself. FNV-1a. */
export const partOfName = (name: string, of: number): number => {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % of;
};

export const encodeName = (name: string): string => Buffer.from(name, 'latin1').toString('base64url');
export const decodeName = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');

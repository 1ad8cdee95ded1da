/** What a model volume holds under its names. Times are ms since 1970, cut to the clock's tick. */
export type Inode = FileInode | DirectoryInode | SymlinkInode | SpecialInode;

interface InodeBase {
  readonly id: number;
  readonly device: number;
  mode: number;
  mtime: number;
  ctime: number;
  /** Its names; of a directory one. */
  readonly names: Name[];
  /** Its extended attributes of users, as one word; undefined where it has none. */
  xattrs: string | undefined;
  /** Reading it fails with this errno. */
  unreadable: number | undefined;
}

/** One name of an inode. A rename changes it; once it is removed it stays as it was last, as a dentry does. */
export interface Name {
  directory: DirectoryInode;
  name: string;
}

/** A file that a program has open, by one of its names: events bear that name, also when it is gone. */
export interface OpenFile {
  readonly inode: FileInode;
  readonly via: Name;
}

/** Content is a list of pieces, each as long as `pieceBytes`; a piece is a word, so that a mixture can be told. */
export interface FileInode extends InodeBase {
  readonly type: 'file';
  readonly pieceBytes: number;
  pieces: string[];
  /** A run appends to it in place, or began to: what is there may be another file's until it is sent again. */
  isAppendedTo?: boolean;
}

export interface DirectoryInode extends InodeBase {
  readonly type: 'directory';
  readonly children: Map<string, Inode>;
  /** What is mounted here: it hides the children. */
  mounted: DirectoryInode | undefined;
}

export interface SymlinkInode extends InodeBase {
  readonly type: 'symlink';
  readonly target: string;
}

export interface SpecialInode extends InodeBase {
  readonly type: 'fifo' | 'socket';
}

export const linksOf = (inode: Inode): number => inode.names.length;

export const sizeOf = (inode: Inode): number => {
  if (inode.type === 'file') return inode.pieces.length * inode.pieceBytes;
  return inode.type === 'symlink' ? inode.target.length : 0;
};

/** The directory that one sees under a name: what is mounted there, or itself. */
export const seen = (inode: Inode): Inode =>
  inode.type === 'directory' && inode.mounted !== undefined ? inode.mounted : inode;

/** Where a name is now. */
export function pathOf({ directory, name }: Name): string {
  const [above] = directory.names;
  return above === undefined ? name : `${pathOf(above)}/${name}`;
}

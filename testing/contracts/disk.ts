/** The things that a case does to a tree, on a real file system or on a model of one. Contents are lists of words. */
export interface Disk {
  directory(path: string, mode?: number): void;
  file(path: string, pieces: readonly string[], mode?: number): void;
  symlink(target: string, path: string): void;
  link(from: string, path: string): void;
  fifo(path: string): void;
  rename(from: string, path: string): void;
  exchange(one: string, other: string): void;
  /** With all that is below. */
  remove(path: string): void;
  chmod(path: string, mode: number): void;
  /** Sets an entry's mtime, ms since 1970. */
  stamp(path: string, mtime: number): void;
  /** Writes into the file that is there. */
  write(path: string, at: number, piece: string): void;
  /** The same through a mapping, whose descriptor was closed before. */
  writeMapped(path: string, at: number, piece: string): void;
  /** Gives it the one extended attribute that a case knows, or takes it away. */
  setXattr(path: string, value: string | undefined): void;
  truncate(path: string, pieces: number): void;
  /** Has the file open for writing while `meanwhile` happens, then writes its first piece and closes it. */
  whileOpen(path: string, meanwhile: () => void): void;
  /** Paths of all entries, parents first. */
  paths(): string[];
  /** All there is to say of an entry: type, content, mode, mtime (`now` if nobody set it), names of the same inode, its attribute. */
  describe(path: string): string;
}

/** How long each word of a content is in the real file, bytes. */
export const pieceBytes = 1_000;
export const paddedPiece = (piece: string): string => piece.padEnd(pieceBytes, '.');

/** Times that a case sets lie before it. */
const recentMs = 1_650_000_000_000;
const firstStampMs = 1_600_000_000_000;

export const timeText = (mtime: number): string => (mtime >= recentMs ? 'now' : String(mtime - firstStampMs));

/** Gives every entry a time that follows from its path alone, so that equal trees have equal times. */
export function stampAll(disk: Disk, shift = 0): void {
  for (const path of ['', ...disk.paths()].sort().reverse()) {
    let sum = 0;
    for (const character of path) sum = (sum * 31 + character.charCodeAt(0)) % 1_000_000;
    disk.stamp(path, firstStampMs + shift + sum * 1_000);
  }
}

export const listDisk = (disk: Disk): string[] =>
  disk
    .paths()
    .sort()
    .map((path) => `${path}: ${disk.describe(path)}`);

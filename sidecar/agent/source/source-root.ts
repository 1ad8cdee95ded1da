import { lstatSync, opendirSync, type Stats } from 'node:fs';
import type { RawChange, RelPath } from '../changes/change.ts';

/** What lstat says of a path, as far as replication cares. `gone` also where an ancestor is no directory. */
export type Look =
  | { readonly kind: 'gone' }
  | {
      readonly kind: 'file';
      readonly size: number;
      /** Bytes that take room on the disk: far fewer than `size` where it has holes. */
      readonly allocated: number;
      readonly links: number;
      readonly inode: string;
      /** When its inode was changed last, ms since 1970 by the file system's clock. */
      readonly changedAt: number;
    }
  | { readonly kind: 'directory' | 'symlink' | 'special' }
  | { readonly kind: 'unreachable'; readonly why: 'too-long' | 'denied' | 'failed' };

/** rsync builds paths in buffers of MAXPATHLEN (4,096 bytes); the target's prefix needs some of it. */
const maxPathBytes = 4_000;

/** The source directory: its identity, and a look at what is below it. */
export class SourceRoot {
  readonly path: string;
  /** The same as a binary string. */
  readonly bytes: string;
  #identity: string | undefined;
  #deletionsSeen = 0;

  constructor(path: string) {
    this.path = path.length > 1 ? path.replace(/\/+$/, '') : path;
    this.bytes = Buffer.from(this.path, 'utf8').toString('latin1');
  }

  /** Names that went, by all events so far: of use only beside an earlier one. */
  get deletionsSeen(): number {
    return this.#deletionsSeen;
  }

  noteEvents(batch: readonly RawChange[]): void {
    for (const { kind } of batch) if (kind === 'delete') this.#deletionsSeen++;
  }

  /** Remembers which directory this is now; later ones are compared with it. */
  adopt(): void {
    this.#identity = identityOf(this.path);
  }

  /** `lost`: no directory is there; `replaced`: another one than was adopted. */
  check(): 'same' | 'lost' | 'replaced' {
    const identity = identityOf(this.path);
    if (identity === undefined) return 'lost';
    return identity === this.#identity ? 'same' : 'replaced';
  }

  /** True when nothing but `lost+found` is in it; false too when it can't be read. */
  isEmpty(): boolean {
    try {
      const directory = opendirSync(this.path, { encoding: 'latin1' as BufferEncoding, bufferSize: 4 });
      try {
        for (let entry = directory.readSync(); entry !== null; entry = directory.readSync()) {
          if (entry.name !== 'lost+found') return false;
        }
        return true;
      } finally {
        directory.closeSync();
      }
    } catch {
      return false;
    }
  }

  look(path: RelPath): Look {
    if (path.length > maxPathBytes) return { kind: 'unreachable', why: 'too-long' };
    let stats: Stats | undefined;
    try {
      stats = lstatSync(this.absolute(path), { throwIfNoEntry: false });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOTDIR' || code === 'ENOENT') return { kind: 'gone' };
      if (code === 'ENAMETOOLONG') return { kind: 'unreachable', why: 'too-long' };
      return { kind: 'unreachable', why: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed' };
    }
    if (stats === undefined) return { kind: 'gone' };
    if (stats.isFile()) {
      const { size, blocks, nlink, dev, ino, ctimeMs } = stats;
      return { kind: 'file', size, allocated: blocks * 512, links: nlink, inode: `${dev}:${ino}`, changedAt: ctimeMs };
    }
    if (stats.isDirectory()) return { kind: 'directory' };
    return { kind: stats.isSymbolicLink() ? 'symlink' : 'special' };
  }

  absolute(path: RelPath): Buffer {
    return Buffer.from(path === '' ? this.bytes : `${this.bytes}/${path}`, 'latin1');
  }
}

function identityOf(path: string): string | undefined {
  try {
    const stats = lstatSync(`${path}/.`, { throwIfNoEntry: false });
    return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}

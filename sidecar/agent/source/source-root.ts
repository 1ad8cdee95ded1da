import { lstatSync, opendirSync, type Stats } from 'node:fs';
import type { EntryFingerprint } from '../../protocol/control.ts';
import { type FingerprintOptions, fingerprint } from '../../protocol/fingerprint.ts';
import type { RelPath } from '../changes/change.ts';
import { findChangedSince, findLinkNames, hasHardLinks, listBelow } from './find.ts';
import type { ChangedFile, Look, SourceView } from './source-view.ts';
import { findTickMs } from './tick.ts';

/** rsync builds paths in buffers of MAXPATHLEN (4,096 bytes); the target's prefix needs some of it. */
const maxPathBytes = 4_000;

/** The source directory: its identity, and a look at what is below it. */
export class SourceRoot implements SourceView {
  readonly path: string;
  /** The same as a binary string. */
  readonly bytes: string;
  #identity: string | undefined;
  #tickMs: number | undefined;

  constructor(path: string) {
    this.path = path.length > 1 ? path.replace(/\/+$/, '') : path;
    this.bytes = Buffer.from(this.path, 'utf8').toString('latin1');
  }

  /** Remembers which directory this is now; later ones are compared with it. */
  adopt(): void {
    this.#identity = identityOf(this.path);
    this.#tickMs = undefined;
  }

  get tickMs(): number {
    this.#tickMs ??= findTickMs(this.path);
    return this.#tickMs;
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
      const { size, blocks, nlink: links, dev, ino, mtimeMs: modifiedAt, ctimeMs: changedAt } = stats;
      const allocated = blocks * 512;
      return { kind: 'file', size, allocated, links, inode: `${dev}:${ino}`, modifiedAt, changedAt };
    }
    if (stats.isDirectory()) return { kind: 'directory' };
    return { kind: stats.isSymbolicLink() ? 'symlink' : 'special' };
  }

  listBelow(directory: RelPath, excludes: (path: RelPath, isDirectory: boolean) => boolean): Promise<RelPath[]> {
    return listBelow((path) => this.absolute(path), directory, excludes);
  }

  linkNames(inodes: readonly string[]): Promise<Map<string, RelPath[]>> {
    return findLinkNames(this.path, inodes);
  }

  hasHardLinks(): Promise<boolean> {
    return hasHardLinks(this.path);
  }

  async *changedSince(since: number): AsyncGenerator<readonly ChangedFile[]> {
    yield await findChangedSince(this.path, since);
  }

  fingerprint(path: RelPath, options: FingerprintOptions): Promise<EntryFingerprint | null> {
    return fingerprint(this.path, path, options);
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

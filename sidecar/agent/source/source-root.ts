import { type BigIntStats, lstatSync, opendirSync } from 'node:fs';
import type { EntryFingerprint } from '../../protocol/control.ts';
import { type FingerprintOptions, fingerprint } from '../../protocol/entries/fingerprint.ts';
import type { RelPath } from '../changes/change.ts';
import { type Boot, readBoot } from './boot.ts';
import { findChangedSince, listBelow } from './find.ts';
import type { KeptMounts } from './kept-mounts.ts';
import { HardLinks } from './links/hard-links.ts';
import type { LinkedNames } from './links/linked-names.ts';
import { MountsBelow } from './mounts-below.ts';
import type { ChangedFile, Look, SourceView } from './source-view.ts';
import { toMs } from './times/file-times.ts';
import { findTickMs } from './times/tick.ts';

/** rsync builds paths in buffers of MAXPATHLEN (4,096 bytes); the target's prefix needs some of it. */
const maxPathBytes = 4_000;

/** The source directory: its identity, and a look at what is below it. */
export class SourceRoot implements SourceView {
  readonly path: string;
  /** The same as a binary string. */
  readonly bytes: string;
  readonly mounts: MountsBelow;
  readonly #links: HardLinks;
  #identity: string | undefined;
  #tickMs: number | undefined;
  /** Of what was looked at: another one may be of a file system that was mounted since mounts were looked at. */
  readonly #devices = new Set<bigint>();

  /** `kept`: see MountsBelow. */
  constructor(path: string, kept?: KeptMounts) {
    this.path = path.length > 1 ? path.replace(/\/+$/, '') : path;
    this.bytes = Buffer.from(this.path, 'utf8').toString('latin1');
    this.#links = new HardLinks(this.bytes);
    this.mounts = new MountsBelow(this.path, kept);
  }

  /** What is known of names of files with more than one. */
  get linked(): LinkedNames {
    return this.#links.known;
  }

  /** Remembers which directory this is now; later ones are compared with it. */
  adopt(): void {
    this.#identity = identityOf(this.path);
    this.mounts.look();
    this.#tickMs = undefined;
  }

  boot(): Boot {
    return readBoot();
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

  /** What is in a file system that went away is not gone: it can't be reached. */
  look(path: RelPath): Look {
    const look = this.#lookAt(path);
    return this.mounts.any && this.mounts.isLost(path) ? { kind: 'unreachable', why: 'failed' } : look;
  }

  mountsLost(): readonly RelPath[] {
    this.mounts.look();
    return this.mounts.lost;
  }

  mountsVersion(): number {
    this.mounts.look();
    return this.mounts.version;
  }

  isInMount(path: RelPath): boolean {
    return this.mounts.covers(path);
  }

  #lookAt(path: RelPath): Look {
    if (path.length > maxPathBytes) return { kind: 'unreachable', why: 'too-long' };
    let stats: BigIntStats | undefined;
    try {
      stats = lstatSync(this.absolute(path), { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'ENOTDIR' || code === 'ENOENT') return { kind: 'gone' };
      if (code === 'ENAMETOOLONG') return { kind: 'unreachable', why: 'too-long' };
      return { kind: 'unreachable', why: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'failed' };
    }
    if (stats === undefined) return { kind: 'gone' };
    if (!this.#devices.has(stats.dev)) {
      this.mounts.look();
      if (this.mounts.isUnknown) return { kind: 'unreachable', why: 'failed' };
      this.#devices.add(stats.dev);
    }
    if (stats.isDirectory()) return { kind: 'directory' };
    const names = { links: Number(stats.nlink), inode: `${stats.dev}:${stats.ino}` };
    if (stats.isSymbolicLink()) return { kind: 'symlink', ...names };
    if (!stats.isFile()) return { kind: 'special' };
    if (names.links > 1) this.linked.saw(path, names.inode);
    return {
      kind: 'file',
      size: Number(stats.size),
      allocated: Number(stats.blocks) * 512,
      ...names,
      modifiedAt: toMs(stats.mtimeNs),
      changedAt: toMs(stats.ctimeNs),
    };
  }

  listBelow(directory: RelPath, excludes: (path: RelPath, isDirectory: boolean) => boolean): Promise<RelPath[]> {
    return listBelow((path) => this.absolute(path), directory, excludes);
  }

  canList(directory: RelPath): boolean {
    try {
      opendirSync(this.absolute(directory)).closeSync();
      return true;
    } catch {
      return false;
    }
  }

  linkNames(inodes: readonly string[]): Promise<Map<string, RelPath[]>> {
    return this.linked.namesOf(inodes);
  }

  hasHardLinks(): Promise<boolean> {
    return this.#links.any();
  }

  changedSince(since: number): AsyncIterable<readonly ChangedFile[]> {
    return findChangedSince(this.path, since);
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
    const stats = lstatSync(`${path}/.`, { bigint: true, throwIfNoEntry: false });
    return stats?.isDirectory() ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}

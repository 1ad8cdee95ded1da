import type { EntryFingerprint } from '../../protocol/control.ts';
import type { FingerprintOptions } from '../../protocol/entries/fingerprint.ts';
import type { RelPath } from '../changes/change.ts';
import type { Boot } from './boot.ts';

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
      /** When its content and when its inode was changed last, ms since 1970 by the file system's clock. */
      readonly modifiedAt: number;
      readonly changedAt: number;
    }
  /** It may have other names too. */
  | { readonly kind: 'symlink'; readonly links: number; readonly inode: string }
  | { readonly kind: 'directory' | 'special' }
  | { readonly kind: 'unreachable'; readonly why: 'too-long' | 'denied' | 'failed' };

/** A file or symlink, and when its inode was changed last, ms since 1970 by the file system's clock. */
export interface ChangedFile {
  readonly path: RelPath;
  readonly changedAt: number;
}

/** All that replication asks of the source's file system: a real one, or a model of one. */
export interface SourceView {
  readonly path: string;
  /** The same as a binary string. */
  readonly bytes: string;
  /** Within so many ms two changes of a file may bear the same time; 0 where they never do. */
  readonly tickMs: number;
  /** Of the kernel whose clock gives files their times. */
  boot(): Boot;
  /** `lost`: no directory is there; `replaced`: another one than was adopted. */
  check(): 'same' | 'lost' | 'replaced';
  /** True when nothing but `lost+found` is in it; false too when it can't be read. */
  isEmpty(): boolean;
  look(path: RelPath): Look;
  /** Where a file system was mounted that is gone: what was in it is not deleted. */
  mountsLost?(): readonly RelPath[];
  /** Grows whenever a file system below the root came or went. */
  mountsVersion?(): number;
  /** Whether a path is at or below such a place, also where the file system is there. */
  isInMount?(path: RelPath): boolean;
  /** Everything below a directory, at any depth, that is not excluded; what can't be read is passed over. */
  listBelow(directory: RelPath, excludes: (path: RelPath, isDirectory: boolean) => boolean): Promise<RelPath[]>;
  /** Whether what a directory holds may be read. */
  canList?(directory: RelPath): boolean;
  /** All names of files with more than one, by `device:inode`. */
  linkNames(inodes: readonly string[]): Promise<Map<string, RelPath[]>>;
  hasHardLinks(): Promise<boolean>;
  /** Files and symlinks whose inode changed after `since` (ms, the file system's clock): their mtime may hide it. */
  changedSince(since: number): AsyncIterable<readonly ChangedFile[]>;
  fingerprint(path: RelPath, options: FingerprintOptions): Promise<EntryFingerprint | null>;
}

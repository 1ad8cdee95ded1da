import type { RelPath, RescanReason } from '../changes/change.ts';

/** What is to be compared, and why. */
export interface PassRequest {
  readonly subtrees: readonly RelPath[];
  readonly reason: RescanReason;
  /** The sequence and time (monotonic, ms) of the change that asked for it. */
  readonly sequence: number;
  readonly at: number;
  /** Files whose inode changed since then (ms, by times of files) are sent whatever size and mtime say; undefined where all was watched. */
  readonly since: number | undefined;
  readonly sourceReplaced: boolean;
  /** Those at and below which what is missing was announced by the kernel, if not name by name. */
  readonly announced: readonly RelPath[];
  /** What the source was before a restart may tell where to look: see outline/. */
  readonly mayBeProven: boolean;
}

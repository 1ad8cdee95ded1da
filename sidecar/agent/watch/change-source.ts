import type { RawChange, RelPath } from '../changes/change.ts';
import type { NotWatched } from './not-watched.ts';

/** How a source speaks to its owner. Batches arrive in the order of the events. */
export interface ChangeSourceListener {
  /**
   * Called as soon as a batch was read from the kernel. `lostSince`, in one that tells of an overflow: when the queue had been
   * empty last (monotonic, ms); what happened from then on may not have been told.
   */
  onChanges(batch: readonly RawChange[], lostSince?: number): void;
  /** The root directory went away (deleted, moved, unmounted, replaced). The source is closed and must be opened anew. */
  onRootLost(reason: 'deleted' | 'moved' | 'unmounted' | 'replaced'): void;
  /** The source itself broke; the owner opens a new one with back-off. */
  onError(error: Error): void;
}

export interface ChangeSourceStats {
  readonly watchedDirectories: number;
  /** The kernel's limit on watches, or undefined where there is none. */
  readonly watchLimit: number | undefined;
  readonly overflows: number;
  /** So old a change may be that nobody has told of yet, ms; absent or 0 where the kernel has told of each at once. */
  readonly unseenMs?: number;
  /** What is not watched now, one entry for each reason; empty while every directory is. */
  readonly notWatched: readonly NotWatched[];
}

/**
 * A source of changes below one root. What it says is told in the order of the events, but looked at later: by then
 * another thing may have the name. So whoever follows it looks again, and compares a whole subtree where a directory is
 * at a path that was told as deleted or as the old or new name of a rename.
 * `open` resolves once every readable directory is watched;
 * events that happen meanwhile are delivered too, none is lost between the two.
 */
export interface ChangeSource {
  readonly kind: 'inotify' | 'polling' | 'chokidar';
  open(listener: ChangeSourceListener): Promise<void>;
  stats(): ChangeSourceStats;
  /** Resolves when what happened up to this call has been delivered, as far as the source can know it: before a last flush. */
  drain(): Promise<void>;
  /**
   * Whether it would tell of each of these names if it went now. What another found before it, in a directory that is new, may go
   * without a word until what happened up to then was delivered.
   */
  sees(paths: readonly RelPath[]): boolean;
  /** Resolves when it has looked whether what it watches is what is there; what it finds is delivered before. */
  check(): Promise<void>;
  close(): Promise<void>;
}

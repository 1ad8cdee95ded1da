import type { RawChange } from '../change.ts';

/** How a source speaks to its owner. Batches arrive in the order of the events. */
export interface ChangeSourceListener {
  /** `readAtMs` is the wall clock at which the batch was read from the kernel. */
  onChanges(batch: readonly RawChange[], readAtMs: number): void;
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
  /** Directories that could not be watched or read, with up to 10 samples of paths (binary strings). */
  readonly unreadable: { readonly count: number; readonly samples: readonly string[] };
}

/**
 * A source of changes below one root. `open` resolves once every readable directory is watched;
 * events that happen meanwhile are delivered too, none is lost between the two.
 */
export interface ChangeSource {
  readonly kind: 'inotify' | 'chokidar';
  open(listener: ChangeSourceListener): Promise<void>;
  stats(): ChangeSourceStats;
  /** Resolves when what happened up to this call has been delivered, as far as the source can know it: before a last flush. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

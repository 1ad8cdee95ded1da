/**
 * A path below the source root as a "binary string": each character is one byte (latin1), components joined by `/`,
 * no leading or trailing slash; the root itself is ''. Names are never decoded as UTF-8.
 */
export type RelPath = string;

/** Why a subtree has to be compared as a whole. */
export type RescanReason =
  | 'start'
  | 'overflow'
  | 'unreadable'
  | 'watch-limit'
  | 'new-directory'
  | 'moved-in'
  | 'root-replaced'
  | 'log-collapsed'
  | 'requested'
  | 'schedule'
  | 'target-lost'
  | 'verify'
  | 'retry';

/**
 * What a ChangeSource says happened. Paths are as they were when the event was read.
 * `create` of a regular file is usually followed by `modify` and `write`; `write` means closed after writing.
 */
export type RawChange =
  | { readonly kind: 'create'; readonly path: RelPath; readonly isDirectory: boolean }
  | { readonly kind: 'modify'; readonly path: RelPath }
  | { readonly kind: 'write'; readonly path: RelPath }
  | { readonly kind: 'attributes'; readonly path: RelPath; readonly isDirectory: boolean }
  | { readonly kind: 'delete'; readonly path: RelPath; readonly isDirectory: boolean }
  | { readonly kind: 'move'; readonly from: RelPath; readonly path: RelPath; readonly isDirectory: boolean }
  | { readonly kind: 'rescan'; readonly path: RelPath; readonly reason: RescanReason };

/**
 * What the change log holds and a replicator acts on. Each says where to look, never what the content is.
 * - `content`: the name exists (any type) or its content changed: send it whatever its size and mtime say. `created`: its
 *   first event was its creation, so the target probably has nothing under this name (only ever a hint).
 * - `attributes`: mode, times, owner or xattrs may differ: send without re-reading the content.
 * - `delete`: the name went; the replicator looks again before it deletes.
 * - `move`: `from` became `path`, with all that is below; a hint, made good by what follows.
 * - `subtree`: compare everything at and below `path`.
 */
export type Change =
  | { readonly kind: 'content'; readonly path: RelPath; readonly created?: boolean }
  | { readonly kind: 'attributes'; readonly path: RelPath }
  | { readonly kind: 'delete'; readonly path: RelPath }
  | { readonly kind: 'move'; readonly from: RelPath; readonly path: RelPath; readonly isDirectory: boolean }
  | { readonly kind: 'subtree'; readonly path: RelPath; readonly reason: RescanReason };

/** A change in the log. `at` is when its first event was read (monotonic, ms). */
export interface LoggedChange {
  readonly sequence: number;
  readonly at: number;
  readonly change: Change;
}

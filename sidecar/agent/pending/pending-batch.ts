import type { RelPath, RescanReason } from '../changes/change.ts';
import type { Dirt } from './mark.ts';
import type { Rename } from './rename-list.ts';

/**
 * Work handed to a replicator. It says where to look; what to do is decided by looking at the source again, name by
 * name, in this order:
 * 1. `renames`, in order; missing parents at the target are made. If one fails see `namesInDoubt`.
 * 2. the rest. A name stands in several lists if several things are true of it.
 *
 * In every list but `moved` and `movedAway` a name that is gone at the source is deleted with all below it.
 */
export interface PendingBatch {
  readonly id: number;
  readonly renames: readonly Rename[];
  /** Names to send whatever size and mtime say; of a directory only itself. */
  readonly content: readonly RelPath[];
  /** Names whose mode, times, owner or xattrs may differ; of a directory only itself. */
  readonly attributes: readonly RelPath[];
  /** Names that went. One that exists again is to be treated as `remade`. */
  readonly deletes: readonly RelPath[];
  /** What the target has here may be another thing: a file is `content`; a directory is sent with all below it, trusting neither size nor mtime, and what the source lacks is deleted. */
  readonly replaced: readonly RelPath[];
  /** The same, and what the target has is surely gone at the source: it may be deleted before anything is sent. */
  readonly remade: readonly RelPath[];
  /** Compare all at and below, by size and mtime; what the source lacks is deleted. */
  readonly subtrees: readonly { readonly path: RelPath; readonly reason: RescanReason }[];
  /**
   * Where renames ended: expected equal but for what the other lists hold, to be compared by size and time (or a
   * fingerprint of them); `replaced` if in doubt. One that is no end of a rename in `renames` lies below one that is.
   * One that is gone at the source is left alone: a later change tells.
   */
  readonly moved: readonly { readonly path: RelPath; readonly isDirectory: boolean }[];
  /** Where renames began: nothing to do, but `deletes` if in doubt. */
  readonly movedAway: readonly RelPath[];
  /** The oldest and the newest sequence in it; not every number between. */
  readonly sequence: { readonly first: number; readonly last: number };
  /** When the first event of its oldest change was read, monotonic, ms. */
  readonly oldestAt: number;
  /** Names in it. */
  readonly size: number;
  readonly entries: ReadonlyMap<RelPath, Dirt>;
}

/** Sorts what was taken into lists. `newest`: the last change so far, the age of renames that no name is left of. */
export function makeBatch(
  id: number,
  renames: readonly Rename[],
  entries: ReadonlyMap<RelPath, Dirt>,
  newest: { readonly sequence: number; readonly at: number },
): PendingBatch {
  const content: RelPath[] = [];
  const attributes: RelPath[] = [];
  const deletes: RelPath[] = [];
  const replaced: RelPath[] = [];
  const remade: RelPath[] = [];
  const movedAway: RelPath[] = [];
  const subtrees: { path: RelPath; reason: RescanReason }[] = [];
  const moved: { path: RelPath; isDirectory: boolean }[] = [];
  const listOfKind = {
    attributes,
    created: content,
    content,
    replaced,
    remade,
    delete: deletes,
    'moved-away': movedAway,
  };
  let first = newest.sequence;
  let last = 0;
  let oldestAt = newest.at;
  for (const [path, dirt] of entries) {
    if (dirt.kind !== 'none') listOfKind[dirt.kind].push(path);
    if (dirt.subtree !== undefined) subtrees.push({ path, reason: dirt.subtree });
    if (dirt.moved !== undefined) moved.push({ path, isDirectory: dirt.moved === 'directory' });
    first = Math.min(first, dirt.sequence);
    last = Math.max(last, dirt.sequence);
    oldestAt = Math.min(oldestAt, dirt.at);
  }
  const sequence = { first, last: Math.max(first, last) };
  const lists = { renames, content, attributes, deletes, replaced, remade, subtrees, moved, movedAway };
  return { id, ...lists, sequence, oldestAt, size: entries.size, entries };
}

import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import type { Look } from '../../source/source-view.ts';
import type { PlanContext, Work } from '../plan-runs.ts';

/**
 * Work with all other names of the files in it, for what is written through one is in all, and without names that the target leaves
 * out: such a one may be gone by now, and would be deleted where it is nobody's to delete. Pure but for the looks.
 */
export const withLinkedNames = (
  work: Work,
  {
    names,
    excludes,
    look,
  }: {
    /** By `device:inode`. */
    readonly names: ReadonlyMap<string, readonly RelPath[]>;
    readonly excludes: Filter['excludes'];
    readonly look: (path: RelPath) => Look;
  },
): Work => {
  const counts = (path: RelPath): boolean => !excludes(path, false) || look(path).kind === 'directory';
  const linked = [...names.values()].flat();
  const content = [...work.content, ...linked].filter(counts);
  return { ...work, content, attributes: work.attributes.filter(counts) };
};

/** Answers which names a file has, and which of them are new if that is all that is known of it. Pure. */
export const linkGroups = (
  { content, deletes, fresh }: Work,
  {
    names,
    excludes,
    isOwed,
  }: {
    /** By `device:inode`. */
    readonly names: ReadonlyMap<string, readonly RelPath[]>;
    readonly excludes: Filter['excludes'];
    readonly isOwed: (path: RelPath) => boolean;
  },
): PlanContext['linkNames'] => {
  // Of these the target may have another file, with names that this one has not.
  const known = new Set([...content, ...deletes].filter((path) => !fresh?.has(path)));
  return (inode, path) => {
    // The file may have got this name after the search.
    const all = [...new Set([path, ...(names.get(inode) ?? [])])].filter((name) => !excludes(name, false));
    return fresh !== undefined && all.every((name) => !known.has(name) && !isOwed(name))
      ? { names: all, fresh }
      : { names: all };
  };
};

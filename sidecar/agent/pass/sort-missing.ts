import type { RelPath } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';
import type { FoundDeletion } from './found-deletions.ts';

/** What a comparison misses at the source, by what is known of it. Below a mount that is lost nothing is said to be missing. */
export interface Missing {
  /** A change that waits or is under way tells of it. */
  readonly explained: readonly FoundDeletion[];
  /** The kernel told of it, if not name by name. */
  readonly announced: readonly FoundDeletion[];
  readonly unexplained: readonly FoundDeletion[];
}

/** Pure but for `explains`. */
export function sortMissing(
  found: readonly FoundDeletion[],
  known: {
    readonly announced: readonly RelPath[];
    readonly mountsLost: readonly RelPath[];
    readonly explains: (path: RelPath) => boolean;
  },
): Missing {
  const explained: FoundDeletion[] = [];
  const announced: FoundDeletion[] = [];
  const unexplained: FoundDeletion[] = [];
  for (const one of found) {
    const { path } = one;
    if (known.mountsLost.some((mount) => path !== mount && isAtOrBelow(path, mount))) continue;
    if (known.explains(path)) explained.push(one);
    else if (known.announced.some((top) => isAtOrBelow(path, top))) announced.push(one);
    else unexplained.push(one);
  }
  return { explained, announced, unexplained };
}

export const pathsOf = (found: readonly Pick<FoundDeletion, 'path'>[]): RelPath[] => found.map(({ path }) => path);

export const countEntries = (found: readonly FoundDeletion[]): number =>
  found.reduce((sum, { entries }) => sum + entries, 0);

import type { RelPath } from '../changes/change.ts';
import { PathTree } from '../changes/path-tree.ts';
import { pathsMeet } from '../changes/paths.ts';

/** `from` became `path` at the source, with all that was below. */
export interface Rename {
  readonly from: RelPath;
  readonly path: RelPath;
  readonly isDirectory: boolean;
}

/** How far back a chain of renames is looked for. */
const chainWindow = 64;

const touches = (rename: Rename, path: RelPath): boolean =>
  pathsMeet(rename.from, path) || pathsMeet(rename.path, path);

/**
 * Adds a rename to a list that is applied in order. `a→b` then `b→c` becomes `a→c` if nothing between the two touches
 * any of the three names; `a→b→a` stays as it is, since that it succeeds tells that the target has `a`.
 * @returns whether it was joined with an earlier one
 */
export function appendRename(list: Rename[], rename: Rename): boolean {
  const stop = Math.max(0, list.length - chainWindow);
  for (let i = list.length - 1; i >= stop; i -= 1) {
    const earlier = list[i] as Rename;
    if (earlier.path === rename.from) {
      const between = list.slice(i + 1);
      const names = [earlier.from, earlier.path, rename.path];
      if (pathsMeet(earlier.from, rename.path)) break;
      if (between.some((other) => names.some((name) => touches(other, name)))) break;
      list[i] = { from: earlier.from, path: rename.path, isDirectory: rename.isDirectory };
      return true;
    }
    if (touches(earlier, rename.from)) break;
  }
  list.push(rename);
  return false;
}

/** Renames that may be made now, in order, and the ends of the others, each standing for all below it. */
export interface SplitRenames {
  readonly free: readonly Rename[];
  readonly waiting: readonly Rename[];
  readonly waitingEnds: PathTree<true>;
}

/**
 * Parts the renames that meet what is under way, and later ones that touch those, from the others. What is left over keeps
 * its order, and none of the two touches the other: so it does not matter which are made first.
 */
export function splitRenames(renames: readonly Rename[], isBusy: (path: RelPath) => boolean): SplitRenames {
  const [free, waiting]: [Rename[], Rename[]] = [[], []];
  const waitingEnds = new PathTree<true>();
  const waits = (path: RelPath): boolean => isBusy(path) || (waiting.length > 0 && meetsAny(waitingEnds, path));
  for (const rename of renames) {
    if (!waits(rename.from) && !waits(rename.path)) free.push(rename);
    else {
      waiting.push(rename);
      waitingEnds.set(rename.from, true);
      waitingEnds.set(rename.path, true);
    }
  }
  return { free, waiting, waitingEnds };
}

/** Whether one of the names is at, above or below `path`. */
const meetsAny = (names: PathTree<true>, path: RelPath): boolean => {
  const { onTheWay, complete } = names.meet(path);
  return (complete && !names.isEmpty) || onTheWay.some((node) => node.value === true);
};

/**
 * Which names can't be relied on after some renames of a batch failed: their own, and those of later renames that
 * touch them. `failed` holds indices into `renames`.
 */
export function namesInDoubt(renames: readonly Rename[], failed: ReadonlySet<number>): (path: RelPath) => boolean {
  const doubtful = new PathTree<true>();
  const isDoubtful = (path: RelPath): boolean => meetsAny(doubtful, path);
  renames.forEach(({ from, path }, index) => {
    if (!failed.has(index) && !isDoubtful(from) && !isDoubtful(path)) return;
    doubtful.set(from, true);
    doubtful.set(path, true);
  });
  return isDoubtful;
}

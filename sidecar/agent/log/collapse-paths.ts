import type { Change, RelPath } from '../changes/change.ts';
import { PathTree } from '../changes/path-tree.ts';
import { parentOf } from '../changes/paths.ts';

/** The names a change is about: both ends of a move. */
export const pathsOfChange = (change: Change): readonly RelPath[] =>
  change.kind === 'move' ? [change.from, change.path] : [change.path];

const depthOf = (path: RelPath): number => (path === '' ? 0 : path.split('/').length);

/** Those paths that are below no other of them. */
function topmost(paths: Iterable<RelPath>): RelPath[] {
  const tree = new PathTree<true>();
  const sorted = [...new Set(paths)].sort((a, b) => a.length - b.length);
  return sorted.filter((path) => {
    if (tree.meet(path).onTheWay.some((node) => node.value === true)) return false;
    tree.set(path, true);
    return true;
  });
}

/**
 * At most `limit` (≥ 1) paths so that each of `paths` is one of them or below one: the deepest give way to the
 * directories above them first, in the end to the root.
 */
export function collapsePaths(paths: Iterable<RelPath>, limit: number): RelPath[] {
  let roots = topmost(paths);
  while (roots.length > limit) {
    const deepest = roots.reduce((depth, path) => Math.max(depth, depthOf(path)), 0);
    roots = topmost(roots.map((path) => (depthOf(path) === deepest ? parentOf(path) : path)));
  }
  return roots;
}

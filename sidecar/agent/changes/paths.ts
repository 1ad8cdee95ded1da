import type { RelPath } from './change.ts';

/** The directory that holds a path; of a name in the root and of the root itself, the root. */
export const parentOf = (path: RelPath): RelPath => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/** The last component of a path. */
export const nameOf = (path: RelPath): string => path.slice(path.lastIndexOf('/') + 1);

export const joinPath = (directory: RelPath, name: string): RelPath =>
  directory === '' ? name : `${directory}/${name}`;

/** Whether `path` is `top` or lies below it; everything is at or below the root. */
export const isAtOrBelow = (path: RelPath, top: RelPath): boolean =>
  top === '' || path === top || (path.startsWith(top) && path[top.length] === '/');

/** Whether one of the two is at or below the other. */
export function pathsMeet(a: RelPath, b: RelPath): boolean {
  return isAtOrBelow(a, b) || isAtOrBelow(b, a);
}

/** The path of what is at `path`, at or below `from`, once `from` is called `to`. */
export function rebasePath(path: RelPath, from: RelPath, to: RelPath): RelPath {
  return path === from ? to : `${to}/${path.slice(from.length + 1)}`;
}

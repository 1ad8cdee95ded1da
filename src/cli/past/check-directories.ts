import { realpathSync, statSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import type { Problem } from '../../api/rules/problem.ts';

/** A directory as the system sees it, also where its last parts don't exist yet. */
const realDirectory = (path: string): string => {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realDirectory(parent), path.slice(parent.length).replace(/^\/+/, ''));
  }
};

const isInside = (inner: string, outer: string): boolean => inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);

const isDirectory = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

const exists = (path: string): boolean => {
  try {
    statSync(path);
    return true;
  } catch {
    return false;
  }
};

export interface NamedDirectory {
  /** How the caller named it: a flag or a field. */
  readonly field: string;
  readonly directory: string;
}

/** Problems of the source's directory. */
export const checkSourceDirectory = (source: NamedDirectory): Problem[] => {
  if (isDirectory(source.directory)) return [];
  const why = exists(source.directory) ? 'is no directory' : "doesn't exist";
  return [
    {
      field: source.field,
      code: 'Invalid',
      message: `${source.directory} ${why}; write the directory that is to be copied`,
    },
  ];
};

/** Problems of directories that would hold one another; a target may be made later. */
export const checkTargetDirectories = (source: NamedDirectory, targets: readonly NamedDirectory[]): Problem[] => {
  const from = realDirectory(source.directory);
  const seen = new Map<string, NamedDirectory>();
  return targets.flatMap((target): Problem[] => {
    const to = realDirectory(target.directory);
    const problem = (message: string): Problem[] => [{ field: target.field, code: 'Invalid', message }];
    const twin = seen.get(to);
    seen.set(to, target);
    if (exists(target.directory) && !isDirectory(target.directory))
      return problem(`${target.directory} is no directory; write one, or a path that doesn't exist yet`);
    if (to === from) return problem(`${target.directory} is the source itself; write another directory`);
    if (isInside(to, from))
      return problem(
        `${target.directory} is inside the source and would be copied into itself; write a directory outside of ${source.directory}`,
      );
    if (isInside(from, to))
      return problem(
        `the source is inside ${target.directory} and would be overwritten; write a directory that doesn't hold ${source.directory}`,
      );
    if (twin) return problem(`${target.directory} is the directory of ${twin.field} too; write another one`);
    const around = [...seen.keys()].find((other) => other !== to && (isInside(to, other) || isInside(other, to)));
    if (around)
      return problem(`${target.directory} and another target's ${around} hold one another; write directories apart`);
    return [];
  });
};

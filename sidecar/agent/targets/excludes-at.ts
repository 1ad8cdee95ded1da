import type { Filter } from '../../filter/filter.ts';
import type { Link } from '../link/link.ts';

/**
 * What is left out of what a target is sent. A plain daemon takes away only what is missing: there a directory that is excluded is sent, itself
 * alone, so that what had its name makes way for it.
 */
export const excludesAt =
  ({ control }: Pick<Link, 'control'>, filter: Filter): Filter['excludes'] =>
  (path, isDirectory) =>
    (control !== undefined || !isDirectory) && filter.excludes(path, isDirectory);

import type { PreserveRequest } from '../../protocol/past/preserve.ts';
import type { PlannedRun } from './plan-runs.ts';

/**
 * What a target with a history is told before a run: all that the run may replace or make. A target that keeps what is deleted
 * keeps a directory that a file is to take the place of, too: there no path is said to be none.
 */
export const preserveOf = (
  { paths, directories }: Pick<PlannedRun, 'paths' | 'directories'>,
  isMirror: boolean,
): PreserveRequest => ({
  paths: paths.map((path) => Buffer.from(path, 'latin1').toString('base64url')),
  directories: paths.flatMap((path, index) => (!isMirror || directories?.has(path) ? [index] : [])),
});

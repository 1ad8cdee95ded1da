import type { PreserveRequest } from '../../protocol/preserve.ts';
import type { PlannedRun } from './plan-runs.ts';

/** What a target with a history is told before a run: all that the run may replace or make. */
export const preserveOf = ({ paths, directories }: Pick<PlannedRun, 'paths' | 'directories'>): PreserveRequest => ({
  paths: paths.map((path) => Buffer.from(path, 'latin1').toString('base64url')),
  directories: paths.flatMap((path, index) => (directories?.has(path) ? [index] : [])),
});

import type { RunResult } from '../../rsync/run.ts';
import type { PlannedRun } from '../plan-runs.ts';

/**
 * The run that is to follow a run which hoped for the best, if that was in vain. Pure.
 * - Appended: rsync appends to nothing that is as long or longer at the target, and says nothing of it.
 * - New names linked to one that is there: it was not what it was thought to be, so that all names of the file are sent.
 */
export const secondRun = (run: PlannedRun, { outcome, stats }: RunResult): PlannedRun | undefined => {
  if (outcome !== 'ok') return undefined;
  if (run.flavor === 'append' && stats.transferred === 0) return { ...run, flavor: 'content' };
  if (run.flavor === 'newLinks' && stats.transferred > 0)
    return { ...run, flavor: 'links', paths: [...(run.names ?? run.paths)] };
  return undefined;
};

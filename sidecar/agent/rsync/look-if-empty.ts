import { Failure } from '../../../src/process/failure.ts';
import type { Run } from './run.ts';

/** Lists the topmost entries of a target, but for what is of no application. */
export const lookFlags: readonly string[] = [
  '--dirs',
  '--dry-run',
  '--stats',
  '--no-human-readable',
  '--no-motd',
  '--exclude=/lost+found',
  '--exclude=/.syncreplica-partial',
];

/** Whether a run by these flags found nothing but the root. @throws Failure with the run's reason */
export const lookIfEmpty = async (run: Run): Promise<boolean> => {
  const { outcome, reason, message, stats } = await run.feed(Buffer.alloc(0));
  if (outcome !== 'ok') throw new Failure(reason ?? 'Internal', `look what the target holds: ${message}`);
  return stats.files <= 1;
};

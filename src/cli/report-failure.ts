import { Failure } from '../process/failure.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';

/** 2 for wrong usage or settings, 1 for everything else. */
export const exitCodeOf = (error: unknown): 1 | 2 => (error instanceof UsageFailure ? 2 : 1);

/** Says on stderr what is wrong and what to do; a bug shows its stack. */
export const reportFailure = (error: unknown): void => {
  if (!(error instanceof Failure)) {
    console.error(error);
    return;
  }
  for (const line of error.message.split('\n')) console.error(`syncreplica: ${line}`);
  if (error.hint !== undefined) console.error(`  ${error.hint}`);
};

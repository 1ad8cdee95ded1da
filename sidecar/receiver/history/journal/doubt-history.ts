import { appendFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeRecord } from './history-record.ts';
import { isSegmentName, journalOf } from './history-segment.ts';

/** Notes in the journals of a volume that no receiver has open that what came before may be incomplete. `at`: ms since the epoch. */
export const doubtHistory = (history: string, at: number, why: string): void => {
  const last = readdirSync(history).filter(isSegmentName).sort().at(-1);
  if (last === undefined) return;
  // It has ended in order all the same.
  const lines = writeRecord({ kind: 'gap', at, why }) + writeRecord({ kind: 'end', at });
  appendFileSync(journalOf(join(history, last)), lines);
};

import type { HistoryRecord } from './history-record.ts';

export interface JudgedJournal {
  readonly beganAt: number;
  /** What came after it can't be missing: it was ended, or the same machine has been running since. */
  readonly isSound: boolean;
  /** Of its last checkpoint. */
  readonly checkpointAt: number | undefined;
}

/** What a journal is worth that an earlier receiver left; undefined for one whose beginning is missing. Pure. */
export const judgeJournal = (
  records: readonly HistoryRecord[],
  isTorn: boolean,
  bootId: string,
): JudgedJournal | undefined => {
  const [begin] = records;
  if (begin?.kind !== 'begin') return undefined;
  const checkpoint = records.findLast((record) => record.kind === 'checkpoint');
  return {
    beganAt: begin.at,
    isSound: records.at(-1)?.kind === 'end' || (begin.bootId === bootId && !isTorn),
    checkpointAt: checkpoint?.at,
  };
};

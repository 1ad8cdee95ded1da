import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryOptions } from '../history.ts';
import { measureDirectory } from '../keep/measure-directory.ts';
import { cutTorn, entriesOf, journalsIn, readJournal, type Segment, settleLastMove } from './history-segment.ts';
import { judgeJournal } from './judge-journal.ts';

/** A segment that nothing is added to any more. */
export interface ClosedSegment extends Segment {
  /** What is kept of it. */
  bytes: number;
  readonly numbers: number;
  /** Its last checkpoint, where an earlier receiver wrote it. */
  readonly checkpointAt?: number | undefined;
}

interface Loaded {
  readonly closed: ClosedSegment[];
  /** Why what comes now does not follow from what is there: it begins, or the machine crashed. */
  readonly after: string | undefined;
}

/**
 * What an earlier receiver left, the oldest first. What can't be read goes, and what is older: nothing leads there any more. A power cut may have
 * left nothing of some but the names: what these missed is doubted, and what came before is kept.
 */
export const loadSegments = async ({
  directory,
  bootId,
  logger,
  trash,
}: Pick<HistoryOptions, 'directory' | 'bootId' | 'logger' | 'trash'>): Promise<Loaded> => {
  const closed: ClosedSegment[] = [];
  let isSound = true;
  let isMissed = false;
  const names = journalsIn(directory.history).names();
  for (const name of names) {
    const path = join(directory.history, name);
    let isEmpty = false;
    try {
      const isTorn = cutTorn(path);
      const records = readJournal(path);
      isEmpty = records.length === 0;
      const judged = judgeJournal(records, isTorn, bootId);
      if (judged === undefined) throw new Error('its beginning is missing');
      const { beganAt, checkpointAt } = judged;
      isSound = judged.isSound;
      settleLastMove(directory.data, path, records);
      const numbers = (await readdir(entriesOf(path))).length;
      closed.push({ name, path, beganAt, bytes: await measureDirectory(path, 0), numbers, checkpointAt });
    } catch (err) {
      const isAlone = isEmpty || name === names.at(-1);
      logger.warn(
        { err, segment: name, isAlone },
        `a part of the history can’t be read, it ${isAlone ? 'is' : 'and what is older is'} let go`,
      );
      if (!isAlone) for (const segment of closed.splice(0)) trash.takeDirectory(segment.path);
      trash.takeDirectory(path);
      isSound = true;
      isMissed = isAlone;
    }
  }
  return { closed, after: closed.length === 0 ? 'start' : isSound && !isMissed ? undefined : 'crash' };
};

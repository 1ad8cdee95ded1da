import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HistoryOptions } from './history.ts';
import { cutTorn, entriesOf, isSegmentName, readJournal, type Segment, settleLastMove } from './history-segment.ts';
import { measureDirectory } from './measure-directory.ts';

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

/** What an earlier receiver left, the oldest first; what can't be read goes, and what is older: nothing leads there any more. */
export const loadSegments = async ({
  directory,
  bootId,
  logger,
  trash,
}: Pick<HistoryOptions, 'directory' | 'bootId' | 'logger' | 'trash'>): Promise<Loaded> => {
  const closed: ClosedSegment[] = [];
  let isSound = true;
  for (const name of (await readdir(directory.history)).filter(isSegmentName).sort()) {
    const path = join(directory.history, name);
    try {
      const isTorn = cutTorn(path);
      const records = readJournal(path);
      const [begin] = records;
      if (begin?.kind !== 'begin') throw new Error('its beginning is missing');
      isSound = records.at(-1)?.kind === 'end' || (begin.bootId === bootId && !isTorn);
      settleLastMove(directory.data, path, records);
      const numbers = (await readdir(entriesOf(path))).length;
      const last = records.findLast(({ kind }) => kind === 'checkpoint') as { at: number } | undefined;
      const checkpointAt = last?.at;
      closed.push({ name, path, beganAt: begin.at, bytes: await measureDirectory(path, 0), numbers, checkpointAt });
    } catch (err) {
      logger.warn({ err, segment: name }, 'a part of the history can’t be read, it and what is older is let go');
      for (const segment of closed.splice(0)) trash.takeDirectory(segment.path);
      trash.takeDirectory(path);
      isSound = true;
    }
  }
  return { closed, after: closed.length === 0 ? 'start' : isSound ? undefined : 'crash' };
};

import { linkSync, lstatSync } from 'node:fs';
import { errorCode } from '../../../../src/process/failure.ts';
import { moveAway } from '../../deletions/move-away.ts';
import type { KeepCalls } from '../history-edges.ts';
import { entriesOf } from '../journal/history-segment.ts';
import { LookBefore } from './look-before.ts';

/** Keeps what is in the replica `data` by links and renames. */
export const keepIn = (data: string): KeepCalls & { look(): LookBefore } => ({
  look: () => new LookBefore(data),
  keepFile(path, look, segment, number) {
    let from: Buffer | undefined;
    try {
      from = (look as LookBefore).pathOf(path);
      if (from === undefined) return null;
      linkSync(from, `${entriesOf(segment.path)}/${number}`);
      return null;
    } catch (error) {
      const code = errorCode(error);
      if (code !== 'ENOENT' || from === undefined) return code;
      // The same is said where the segment has gone.
      return lstatSync(from, { throwIfNoEntry: false }) === undefined ? null : 'NoPlace';
    }
  },
  moveAway: (path, place) => moveAway(data, path, place),
});

import type { DeletionBins } from './delete-paths.ts';

/** Lets go what is kept for too long; where room is short also what is of the least use, the oldest of each. */
export const expireBins = async ({ kept, history, beside }: DeletionBins, isRoomShort: boolean): Promise<void> => {
  await kept.expire(isRoomShort);
  await history?.expire(isRoomShort);
  beside.expire(isRoomShort);
};

import type { HistoryClient } from '../../protocol/connection/history-client.ts';
import { waitFor } from './agent-fixture.ts';

/** The checkpoint at which a replica stands when all is done: nothing must change meanwhile. ms, the receiver's clock. */
export const waitForCheckpoint = async (history: HistoryClient): Promise<number> => {
  let found: number | undefined;
  await waitFor('a checkpoint', async () => {
    const { isAtCheckpoint, moments } = await history.describe();
    found = isAtCheckpoint ? moments.findLast(({ checkpoint }) => checkpoint)?.at : undefined;
    return found !== undefined;
  });
  return found as number;
};

import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../process/failure.ts';
import type { LiveBlock } from '../../terminal/terminal.ts';

const refreshMs = 1_000;

/** Draws again until it is interrupted; a cluster that does not answer for a while is said, and asked again. */
export const everySecond = async (draw: () => Promise<void>, block: LiveBlock): Promise<never> => {
  for (;;) {
    try {
      await draw();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      block.draw([block.paint('red', error.message), `  ${error.hint ?? ''}`]);
    }
    await sleep(refreshMs);
  }
};

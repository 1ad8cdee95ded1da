import type { Clock } from '../../../src/process/clock.ts';

/** A deletion that can't be put back is made this long after it was seen, so that a mass is known as such first. */
const lookMs = 100;
/** With so many deletions between two looks somebody is at clearing a whole tree: what that comes to is seen at its end. */
const manyDeletions = 20;
/** Quiet looks that end the clearing of a tree: between two directories it may pause. */
const quietLooks = 5;
const longestMs = 8_000;

/**
 * Resolves when few names go any more: after 100 ms where few went at all, at most after 8 s. `seen` counts the names that
 * went so far, `planned` those that wait for this.
 */
export async function waitForCalm(clock: Clock, seen: () => number, planned: number): Promise<void> {
  const until = clock.monotonic() + longestMs;
  let needed = planned < manyDeletions ? 1 : quietLooks;
  for (let quiet = 0; quiet < needed && clock.monotonic() < until; ) {
    const before = seen();
    await clock.sleep(lookMs);
    if (seen() - before < manyDeletions) quiet++;
    else {
      quiet = 0;
      needed = quietLooks;
    }
  }
}

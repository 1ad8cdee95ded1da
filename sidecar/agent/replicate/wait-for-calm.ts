import { setTimeout as sleep } from 'node:timers/promises';

/** A deletion is made this long after it was seen, so that an emptied source is known as such first. */
const lookMs = 100;
/** With so many deletions between two looks somebody is at clearing a whole tree: what that comes to is seen at its end. */
const manyDeletions = 20;
const longestMs = 8_000;

/** Resolves when few names go any more, 100 ms later at least and 8 s at most. `seen` counts the names that went so far. */
export async function waitForCalm(seen: () => number): Promise<void> {
  const until = performance.now() + longestMs;
  for (let before = Number.NaN; !(seen() - before < manyDeletions) && performance.now() < until; ) {
    before = seen();
    await sleep(lookMs);
  }
}

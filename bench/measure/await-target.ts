import { readFileSync, statSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';

const cell = new Int32Array(new SharedArrayBuffer(4));
const pollMs = 0.25;
const looksATurn = 40;

/**
 * Waits until a file has a content; sleeps by a quarter of a millisecond without the event loop, so that what it
 * measures is not its own timer, and turns the loop now and then: whoever is measured must not wait for its output to be
 * read. @returns whether it came in time
 */
export async function awaitContent(path: string, content: Buffer, timeoutMs: number): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  for (let looks = 1; performance.now() < until; looks += 1) {
    if (hasContent(path, content)) return true;
    if (looks % looksATurn === 0) await turn();
    else Atomics.wait(cell, 0, 0, pollMs);
  }
  return hasContent(path, content);
}

export function hasContent(path: string, content: Buffer): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.size !== content.length) return false;
  try {
    return readFileSync(path).equals(content);
  } catch {
    return false;
  }
}

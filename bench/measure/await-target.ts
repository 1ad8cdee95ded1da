import { readFileSync, statSync } from 'node:fs';

const cell = new Int32Array(new SharedArrayBuffer(4));
const pollMs = 0.25;

/**
 * Waits until a file has a content; sleeps by a quarter of a millisecond without the event loop, so that what it
 * measures is not its own timer. @returns whether it came in time
 */
export function awaitContent(path: string, content: Buffer, timeoutMs: number): boolean {
  const until = performance.now() + timeoutMs;
  while (performance.now() < until) {
    if (hasContent(path, content)) return true;
    Atomics.wait(cell, 0, 0, pollMs);
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

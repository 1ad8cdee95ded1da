import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CompareOptions, compareTrees, type Difference } from '../testing/trees/compare-trees.ts';

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

export interface Identity {
  /** Until the trees were found equal, or given up, ms. The comparison's own time is in it. */
  readonly ms: number;
  readonly differences: readonly Difference[];
}

/** Waits until two trees are equal by the strict comparer; `isLikely` is asked first, because it is cheap. */
export async function awaitIdentity(
  source: string,
  target: string,
  options: CompareOptions & { readonly timeoutMs: number; readonly isLikely?: () => boolean },
): Promise<Identity> {
  const { timeoutMs, isLikely = () => true, ...compare } = options;
  const startedAt = performance.now();
  for (let differences: Difference[] = []; ; await sleep(5)) {
    const expired = performance.now() - startedAt > timeoutMs;
    if (isLikely() || expired) {
      const lookedAt = performance.now();
      differences = await compareTrees(source, target, { ...compare, limit: expired ? 1_000 : 1 });
      if (differences.length === 0) return { ms: lookedAt - startedAt, differences };
    }
    if (expired) return { ms: performance.now() - startedAt, differences };
  }
}

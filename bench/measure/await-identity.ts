import { setTimeout as sleep } from 'node:timers/promises';
import { type CompareOptions, compareTrees, type Difference } from '../../testing/trees/compare-trees.ts';
import { TreeOutline } from './tree-outline.ts';

export interface Identity {
  /** Until the trees were equal, or given up, ms; the comparison's own time is not in it. */
  readonly ms: number;
  readonly differences: readonly Difference[];
}

/**
 * Waits until two trees are equal by the strict comparer. The source must have come to rest. An outline is looked at
 * first, which costs little and is exact in time: a comparison takes the processor from what it watches.
 */
export async function awaitIdentity(
  source: string,
  target: string,
  options: CompareOptions & { readonly timeoutMs: number },
): Promise<Identity> {
  const { timeoutMs, ...compare } = options;
  const startedAt = performance.now();
  const outline = new TreeOutline(source, target);
  for (;;) {
    const isExpired = performance.now() - startedAt > timeoutMs;
    if (outline.isMatched() || isExpired) {
      const lookedAt = performance.now();
      const differences = await compareTrees(source, target, { ...compare, limit: isExpired ? 1_000 : 1 });
      if (differences.length === 0 || isExpired) return { ms: lookedAt - startedAt, differences };
      outline.lookAgain();
      await sleep(20);
    } else await sleep(2);
  }
}

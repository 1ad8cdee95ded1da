import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compareTrees } from '../../../testing/trees/compare-trees.ts';
import type { Context } from '../scenario.ts';

/** A line for each difference; empty when the two are the same by the strict comparison. */
export const differencesOf = async (source: string, target: string): Promise<string[]> =>
  (await compareTrees(source, target)).map(({ path, what, detail }) => `${what}: ${path} ${detail}`);

export interface Trees {
  /** A line for each difference; empty when they are the same. */
  differences(): Promise<string[]>;
  /** Number of entries at the source. */
  size(): number;
}

/** The content of a source claim against that of a target claim, both seen from outside of any pod. */
export const openTrees = async (
  context: Context,
  namespace: string,
  source: string,
  target: string,
): Promise<Trees> => {
  const [from, to] = [await context.volumePath(namespace, source), await context.volumePath(namespace, target)];
  return {
    differences: () => differencesOf(from, join(to, 'data')),
    size: () => readdirSync(from, { recursive: true }).length,
  };
};

/** Waits until a target claim's replica is the same as its source claim, entry by entry. */
export const untilSame = async (context: Context, namespace: string, source: string, target: string): Promise<void> => {
  const folder = join(await context.volumePath(namespace, target), 'data');
  await untilSameFolders(context, await context.volumePath(namespace, source), folder);
};

/** The same for folders on this host. */
export const untilSameFolders = async (context: Context, source: string, target: string): Promise<void> => {
  let last: string[] = [];
  try {
    await context.waitFor(`${target} to be the same as ${source}`, async () => {
      last = await differencesOf(source, target);
      return last.length === 0;
    });
  } catch (cause) {
    throw new Error(`${target} is not the same as ${source}:\n${last.slice(0, 8).join('\n')}`, { cause });
  }
};

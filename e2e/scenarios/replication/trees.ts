import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../harness/scenario.ts';

/** One line for each entry below a folder: type, mode, modification time (files), size, hash or link target, and name. */
const describeTree = (folder: string, below = ''): string[] =>
  readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = join(below, name);
      if (path === 'lost+found') return [];
      const stat = lstatSync(join(folder, path));
      const mode = (stat.mode & 0o777).toString(8);
      if (stat.isSymbolicLink()) return [`link ${readlinkSync(join(folder, path))} ${path}`];
      if (stat.isDirectory()) return [`directory ${mode} ${path}`, ...describeTree(folder, path)];
      const hash = createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex')
        .slice(0, 16);
      return [`file ${mode} ${Math.floor(stat.mtimeMs / 1000)} ${stat.size} ${hash} ${path}`];
    });

/** What of one folder is not in the other, the first few lines of it; empty when they are the same. */
export const compareTrees = (source: string, target: string): string[] => {
  const [wanted, found] = [describeTree(source), describeTree(target)];
  const [have, want] = [new Set(found), new Set(wanted)];
  return [
    ...wanted.filter((line) => !have.has(line)).map((line) => `missing: ${line}`),
    ...found.filter((line) => !want.has(line)).map((line) => `too many: ${line}`),
  ].slice(0, 8);
};

export interface Trees {
  /** What differs, the first few lines of it; empty when they are the same. */
  differences(): string[];
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
    differences: () => compareTrees(from, join(to, 'data')),
    size: () => describeTree(from).length,
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
      last = compareTrees(source, target);
      return last.length === 0;
    });
  } catch (cause) {
    throw new Error(`${target} is not the same as ${source}:\n${last.join('\n')}`, { cause });
  }
};

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RelPath } from '../changes/change.ts';
import { walkBelow } from '../source/walk.ts';

/** Below it a file is sent in less time than it takes to ask. */
export const leastBytes = 64 * 1024;
const mostFiles = 200_000;
const sliceMs = 5;

/** Files of a source that others may be copies of, by their size. */
export type Originals = ReadonlyMap<number, readonly RelPath[]>;

/** More of one size say nothing about which is whose copy. */
const mostOfOneSize = 64;

/** Looks at all files of a source, in slices. What can't be read is no original. */
export async function findOriginals(
  absolute: (path: RelPath) => Buffer,
  excludes: (path: RelPath, isDirectory: boolean) => boolean,
): Promise<Originals> {
  const found = new Map<number, RelPath[]>();
  let files = 0;
  let until = performance.now() + sliceMs;
  for (const { path, stats } of walkBelow('', { absolute, excludes, onUnreadable: () => {} })) {
    if (stats.isFile() && stats.size >= leastBytes) {
      const size = Number(stats.size);
      const alike = found.get(size);
      if (alike === undefined) found.set(size, [path]);
      else if (alike.length < mostOfOneSize) alike.push(path);
      files += 1;
      if (files >= mostFiles) break;
    }
    if (performance.now() < until) continue;
    await nextTurn();
    until = performance.now() + sliceMs;
  }
  return found;
}

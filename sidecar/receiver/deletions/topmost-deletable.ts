import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../../src/process/failure.ts';
import { errnoOf } from '../../../src/process/system/libc.ts';
import type { Filter } from '../../filter/filter.ts';
import { beneathCalls, openIfThere, reasonOfErrno, splitPath } from '../beneath/open-beneath.ts';

/**
 * The topmost paths at or below one that hold nothing excluded, and how many excluded entries are spared; none where that can't be
 * told, and in one word why.
 */
export interface Deletable {
  readonly paths: string[];
  readonly spared: number;
  readonly reason?: string;
}

/**
 * Looks at all that is below `path` in the replica `root` (binary strings); what vanishes meanwhile is not there.
 */
export const findDeletable = async (root: string, path: string, filter: Filter): Promise<Deletable> => {
  // What is no path of the replica is refused as such; nothing outside is looked at.
  if (splitPath(path) === null) return { paths: [path], spared: 0 };
  try {
    return await findBelow(root, path, filter);
  } catch (error) {
    const errno = errnoOf(errorCode(error));
    if (errno < 0) throw error;
    return { paths: [], spared: 0, reason: reasonOfErrno(errno) };
  }
};

const findBelow = async (root: string, path: string, filter: Filter): Promise<Deletable> => {
  const names = list(root, path);
  if (filter.excludes(path, names !== null)) return { paths: [], spared: 1 };
  if (names === null) return { paths: [path], spared: 0 };
  await nextTurn();
  const paths: string[] = [];
  let spared = 0;
  for (const { name, isDirectory } of names) {
    const child = `${path}/${name}`;
    const below: Deletable = isDirectory
      ? await findBelow(root, child, filter)
      : filter.excludes(child, false)
        ? { paths: [], spared: 1 }
        : { paths: [child], spared: 0 };
    for (const one of below.paths) paths.push(one);
    spared += below.spared;
  }
  return spared === 0 ? { paths: [path], spared: 0 } : { paths, spared };
};

interface Name {
  readonly name: string;
  readonly isDirectory: boolean;
}

/** What a directory holds; null for what is no directory. @throws where that can't be told */
const list = (root: string, path: string): Name[] | null => {
  const fd = openIfThere(root, path.split('/'));
  if (fd === undefined) return null;
  try {
    return readdirSync(`/proc/self/fd/${fd}`, { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
      name: entry.name.toString('latin1'),
      isDirectory: entry.isDirectory(),
    }));
  } finally {
    beneathCalls().close(fd);
  }
};

import type { RelPath } from '../changes/change.ts';

/**
 * A name that is nowhere: listed with `--ignore-missing-args` it makes a run send the root's own attributes and nothing
 * else ("." would send what is in the root).
 */
const nowhere = './.syncreplica-nowhere-9f2c1e7a4b';

/**
 * What `--files-from=- --from0` reads. A leading `./` makes the root an implied directory, so that its times are right after
 * what is put into it; and a line that starts with `#` or `;` would be a comment (rsync(1), `--files-from`).
 */
export function encodeFileList(paths: readonly RelPath[]): Buffer {
  return Buffer.from(paths.map((path) => `${lineOf(path)}\0`).join(''), 'latin1');
}

/** What was encoded. */
export const decodeFileList = (list: Buffer): RelPath[] =>
  list
    .toString('latin1')
    .split('\0')
    .slice(0, -1)
    .map((line) => (line === nowhere ? '' : line.replace(/^\.\//, '')));

function lineOf(path: RelPath): string {
  if (path === '') return nowhere;
  return impliesRoot(path) ? `./${path}` : path;
}

function impliesRoot(path: RelPath): boolean {
  return !path.includes('/') || path.startsWith('#') || path.startsWith(';');
}

/** The directories whose attributes a run over these paths sets: those above each, and each itself in case it is one. */
export function directoriesTouched(paths: readonly RelPath[]): Set<RelPath> {
  const touched = new Set<RelPath>();
  for (const path of paths) {
    touched.add(path);
    if (impliesRoot(path)) touched.add('');
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash);
      if (touched.has(directory)) break;
      touched.add(directory);
    }
  }
  return touched;
}

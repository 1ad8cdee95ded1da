import { mkdir } from 'node:fs/promises';
import type { PastAnswer, PastWish } from '../../protocol/past/history.ts';
import type { Trash } from '../deletions/trash.ts';
import { PastFiles } from '../history/read/past-files.ts';
import type { PastTree } from '../history/read/past-tree.ts';
import type { ReadHistory } from '../history/read/read-history.ts';
import { Refusal } from '../refusal.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import { CopyPast } from './copy-past.ts';

export interface Copied {
  readonly about: PastAnswer;
  readonly missing: readonly { readonly path: string; readonly reason: string }[];
  readonly copiedBytes: number;
  readonly isCloned: boolean;
}

export interface CopyWish {
  readonly wish: PastWish;
  /** Binary strings. */
  readonly paths: readonly string[];
  /** A directory that is not there yet. */
  readonly root: string;
  readonly mayClone: boolean;
}

/** Each takes as long as what was changed in the one before: with a live source there are three or four. */
const mostRounds = 50;

/**
 * Copies what was while the source goes on. What a copy is made of may be replaced meanwhile; that is in the journals, before
 * it is done: so they are read again after the copy, and what they name is made anew, until they name nothing of it.
 * @throws Refusal HistoryTooShort, CheckpointTooOld, NotThere, NotReady
 */
export const copyPastAt = async (
  { directory, reader, trash }: { directory: VolumeDirectory; reader: ReadHistory; trash: Trash },
  { wish, paths, root, mayClone }: CopyWish,
): Promise<Copied> => {
  const files = new PastFiles(directory.root);
  try {
    let end = reader.end();
    const { tree, moment, missed } = await reader.treeAt(wish, files);
    const about = { moment, missed, gaps: reader.gaps(moment.at) };
    requireThere(tree, paths, files, about);
    await mkdir(root, { mode: 0o700 });
    const copy = new CopyPast(root, trash, mayClone);
    for (const path of paths) await copy.add(tree, files, path);
    const same = { at: moment.at, checkpoint: wish.checkpoint, ...(wish.consistent ? { consistent: true } : {}) };
    for (let round = 0; ; round++) {
      const changes = reader.changesSince(end);
      if (!changes || round === mostRounds) throw notStill(changes === undefined);
      end = reader.end();
      // Directories that were opened may be elsewhere by now.
      files.close();
      if (!(await copy.follow(changes, async () => (await reader.treeAt(same, files)).tree, files))) break;
    }
    copy.finish();
    const { missing, copiedBytes, isCloned } = copy;
    return { about, missing, copiedBytes, isCloned };
  } finally {
    files.close();
  }
};

const notStill = (isHistoryNew: boolean): Refusal =>
  new Refusal({
    code: 'NotReady',
    message: isHistoryNew
      ? 'read the past: the history was let go meanwhile'
      : 'read the past: the replica changes faster than what it was can be found',
    hint: 'ask again, for fewer paths',
  });

/** Who asks for something else than there was gets nothing, rather than a part. @throws Refusal NotThere */
const requireThere = (tree: PastTree, paths: readonly string[], files: PastFiles, { moment }: PastAnswer): void => {
  const missing = paths.filter((path) => {
    const node = tree.find(path === '' ? 'data' : `data/${path}`);
    return node.isLost !== true && !files.entry(node) && (node.base === null || node.base === `data/${path}`);
  });
  if (missing.length === 0) return;
  const names = missing.slice(0, 10).map((path) => Buffer.from(path, 'latin1').toString());
  throw new Refusal({
    code: 'NotThere',
    message: `read the past: at ${new Date(moment.at).toISOString()} there was no ${names.join(', ')}`,
    hint: 'history log PATH tells when a path was made, renamed and deleted; a path is below the root of the replica',
  });
};

import { setImmediate as nextTurn } from 'node:timers/promises';
import { compileFilter, type Filter } from '../../filter/filter.ts';
import type { DeleteAnswer, DeleteRequest } from '../../protocol/control.ts';
import type { History } from '../history/history.ts';
import type { BesideTrees } from '../past/beside-trees.ts';
import type { KeptMasses } from './kept-masses.ts';
import { moveAway, type Place } from './move-away.ts';
import { type Deletable, findDeletable } from './topmost-deletable.ts';
import type { Trash } from './trash.ts';

export interface DeletionBins {
  readonly trash: Trash;
  readonly kept: KeptMasses;
  readonly history?: History | undefined;
  readonly beside: BesideTrees;
}

/** Paths between two turns of the event loop: about 2 ms. */
const slice = 128;

/**
 * Applies deletions in order, each on its own, below the replica `root`. `requireEpoch` is asked before each slice: an
 * epoch may end meanwhile.
 */
export const deletePaths = async (
  root: string,
  request: DeleteRequest,
  bins: DeletionBins,
  requireEpoch: () => void,
): Promise<DeleteAnswer> => {
  const filter = request.filter && request.filter.exclude.length > 0 ? compileFilter(request.filter) : undefined;
  const results: DeleteAnswer['results'][number][] = [];
  for (let from = 0; from < request.paths.length; from += slice) {
    const work = await planSlice(root, request.paths.slice(from, from + slice), filter);
    const paths = work.flatMap((entry) => entry.paths);
    const move = (places: readonly Place[]): void => {
      requireEpoch();
      let next = 0;
      for (const entry of work) {
        const reasons = entry.paths.map((path) => moveAway(root, path, places[next++] as Place));
        results.push(resultOf(entry, reasons));
      }
    };
    if (request.keep) await bins.kept.take(request.keep, paths, move);
    else move(bins.history?.placesFor(paths) ?? paths.map(() => bins.trash.place()));
    await nextTurn();
  }
  return { results };
};

const planSlice = async (root: string, coded: readonly string[], filter: Filter | undefined): Promise<Deletable[]> => {
  const work: Deletable[] = [];
  for (const text of coded) {
    const path = Buffer.from(text, 'base64url').toString('latin1');
    work.push(filter ? await findDeletable(root, path, filter) : { paths: [path], spared: 0 });
  }
  return work;
};

const resultOf = (
  { spared, reason: untold }: Deletable,
  reasons: readonly (string | null)[],
): DeleteAnswer['results'][number] => {
  const reason = untold ?? reasons.find((word) => word !== null);
  const rest = spared > 0 ? { spared } : {};
  return reason ? { deleted: false, reason, ...rest } : { deleted: true, ...rest };
};

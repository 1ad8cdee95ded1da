import type { Filter } from '../../../filter/filter.ts';
import { decodeName, encodeName, type ListedEntry, maxHashBytes } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { joinPath } from '../../changes/paths.ts';
import type { SourceReader } from '../walk/source-reader.ts';
import { entriesByPath, groupByParent, type TargetView } from '../walk/target-view.ts';
import { type CompareRules, isTooLarge, judgeEntry } from './judge-entry.ts';
import type { CompareNames, Difference } from './second-look.ts';
import type { Piece } from './suspects.ts';

/** Directories of the target. */
const [listedAtOnce, mostLooked] = [100, 10_000];

/** Compares names with what a receiver has: attributes, and of a suspected content the piece that differed. */
export const compareWithReceiver =
  (view: TargetView, rules: CompareRules & { readonly filter: Filter }, reader: SourceReader): CompareNames =>
  async (suspects) => {
    const paths = suspects.map(({ path }) => path);
    const source = await lookAtSource(paths, reader);
    const target = await view.look(paths);
    const differences = new Map<RelPath, Difference>();
    const pieces: ({ readonly path: RelPath } & Piece)[] = [];
    for (const { path, piece } of suspects) {
      const [here, there] = [contentOf(source, path, rules.filter), target.get(path)];
      const kind = judgeEntry(here, there, rules);
      if (kind === 'extra' && there?.type === 'directory' && (await holdsSpared(path, view, rules.filter))) continue;
      const needsDeletion = here === undefined || (there?.type === 'directory' && here.type !== 'directory');
      if (kind !== null) differences.set(path, { kind, mark: JSON.stringify([here, there]), needsDeletion });
      else if (piece !== undefined && here?.type === 'file' && !isTooLarge(here, rules))
        pieces.push({ path, ...piece });
    }
    for (const batch of batchesOf(pieces)) {
      for (const { path, mark } of await compareContent(batch, view, reader))
        differences.set(path, { kind: 'content', mark });
    }
    return differences;
  };

/** As what it is now it may be excluded. */
function contentOf(source: ReadonlyMap<RelPath, ListedEntry>, path: RelPath, filter: Filter): ListedEntry | undefined {
  const entry = source.get(path);
  return entry !== undefined && filter.excludes(path, entry.type === 'directory') ? undefined : entry;
}

/** A directory of the target's stays where it holds something that is excluded. Not looked for without end. */
async function holdsSpared(directory: RelPath, view: TargetView, filter: Filter): Promise<boolean> {
  const open = [directory];
  for (let looked = 0; open.length > 0 && looked < mostLooked; looked += listedAtOnce) {
    const some = open.splice(0, listedAtOnce);
    for (const [index, { entries }] of (await view.list(some.map((path) => ({ path, part: undefined })))).entries())
      for (const { name, type } of entries) {
        const path = joinPath(some[index] as RelPath, decodeName(name));
        const isDirectory = type === 'directory';
        if (filter.excludes(path, isDirectory)) return true;
        if (isDirectory) open.push(path);
      }
  }
  return false;
}

/** Hashes pieces on both sides at once. @returns those of which the two differ; what can't be read at the source says nothing */
export async function compareContent<T extends { readonly path: RelPath } & Piece>(
  pieces: readonly T[],
  view: TargetView,
  reader: SourceReader,
): Promise<(T & { readonly mark: string })[]> {
  const [theirs, ours] = await Promise.all([view.hash(pieces), hashAll(pieces, reader)]);
  return pieces.flatMap((piece, index) => {
    const [mine, other] = [ours[index], theirs[index]];
    // What the target's disk does not give back is no copy; what it may not read, or has no more, is told otherwise.
    const there = other?.hash ?? (other?.reason === 'Unreadable' ? other.reason : undefined);
    if (mine?.hash === undefined || there === undefined || mine.hash === there) return [];
    return [{ ...piece, mark: `${mine.hash} ${there}` }];
  });
}

async function hashAll(pieces: readonly ({ readonly path: RelPath } & Piece)[], reader: SourceReader) {
  const hashed = [];
  for (const { path, from, length } of pieces) hashed.push(await reader.hash(path, from, length));
  return hashed;
}

async function lookAtSource(
  paths: readonly RelPath[],
  reader: SourceReader,
): Promise<ReadonlyMap<RelPath, ListedEntry>> {
  const groups = groupByParent(paths);
  const listed = [];
  for (const { directory, names } of groups) {
    const isReal = reader.isRealDirectory(directory);
    listed.push(isReal ? await reader.list(directory, { names: names.map(encodeName) }) : { entries: [] });
  }
  return entriesByPath(groups, listed);
}

function* batchesOf<T extends Piece>(pieces: readonly T[]): Generator<readonly T[]> {
  let batch: T[] = [];
  let bytes = 0;
  for (const piece of pieces) {
    if (batch.length > 0 && bytes + piece.length > maxHashBytes) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(piece);
    bytes += piece.length;
  }
  if (batch.length > 0) yield batch;
}

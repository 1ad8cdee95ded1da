import { decodeName, type ListedDirectory } from '../../protocol/verify.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';
import { compareLists } from '../verify/judge/compare-lists.ts';
import { planMending } from '../verify/judge/plan-mending.ts';
import { rulesOf, type VerifyAccess } from '../verify/verify-access.ts';
import type { SourceReader } from '../verify/walk/source-reader.ts';
import { TargetView } from '../verify/walk/target-view.ts';
import type { Findings } from './compare-outline.ts';

/** In what some directories differ, by name and attribute. */
export interface NamedDifferences {
  readonly content: readonly RelPath[];
  readonly attributes: readonly RelPath[];
  readonly subtrees: readonly RelPath[];
  /** Only the target has them. */
  readonly extra: readonly RelPath[];
  /** How many entries would go with those. */
  readonly extraEntries: number;
}

const directoriesAtOnce = 100;
/** What holds more is left to a comparison of all. */
const mostExtra = 5_000;

/**
 * Compares what some directories of the source hold with what a receiver's have, without what is below. Undefined where names
 * alone don't tell: another thing took a name's place, or there is more than an answer holds.
 */
export async function compareNamed(
  { named: directories, met }: Pick<Findings, 'named' | 'met'>,
  access: Pick<VerifyAccess, 'link' | 'settings' | 'filter'> & { readonly reader: SourceReader },
): Promise<NamedDifferences | undefined> {
  const { link, filter, reader } = access;
  if (link.control === undefined) return undefined;
  const view = new TargetView(link.control, link.epoch);
  const rules = { ...rulesOf(access), filter };
  const plain: Parameters<typeof planMending>[0][number][] = [];
  const parents = new Set<RelPath>();
  const others: RelPath[] = [];
  const extra: RelPath[] = [];
  const extraParents: RelPath[] = [];
  for (let at = 0; at < directories.length; at += directoriesAtOnce) {
    const some = directories.slice(at, at + directoriesAtOnce);
    const theirs = await listAll(view, some);
    if (theirs === undefined) return undefined;
    for (const [index, directory] of some.entries()) {
      const there = theirs[index] as ListedDirectory;
      if (!reader.isRealDirectory(directory)) return undefined;
      const here = await reader.list(directory, {});
      if (here.reason !== undefined) return undefined;
      const theirParents = new Set(directoriesIn(directory, there));
      for (const path of directoriesIn(directory, here)) {
        parents.add(path);
        if (theirParents.has(path) && !met.has(path) && !filter.excludes(path, true)) others.push(path);
      }
      for (const found of compareLists(directory, here.entries, there.entries, rules).differences) {
        if (found.kind === 'type') return undefined;
        if (found.kind !== 'extra') plain.push(found);
        else extra.push(found.path);
        if (found.kind === 'extra' && theirParents.has(found.path)) extraParents.push(found.path);
      }
    }
  }
  const below = await countBelow(view, extraParents);
  if (below === undefined) return undefined;
  const plan = planMending(plain, (path) => parents.has(path));
  const all = { attributes: [...directories, ...plan.attributes], subtrees: [...plan.subtrees, ...others] };
  return { ...plan, ...all, extra, extraEntries: extra.length + below };
}

async function listAll(view: TargetView, paths: readonly RelPath[]): Promise<readonly ListedDirectory[] | undefined> {
  const listed = await view.list(paths.map((path) => ({ path, part: undefined })));
  return listed.length === paths.length && listed.every(({ reason }) => reason === undefined) ? listed : undefined;
}

const directoriesIn = (directory: RelPath, { entries }: ListedDirectory): RelPath[] =>
  entries.flatMap(({ name, type }) => (type === 'directory' ? [joinPath(directory, decodeName(name))] : []));

/** How many entries some directories of the target hold at any depth; undefined where they are too many to say. */
async function countBelow(view: TargetView, tops: readonly RelPath[]): Promise<number | undefined> {
  let count = 0;
  for (let open = [...tops]; open.length > 0; ) {
    const some = open.slice(0, directoriesAtOnce);
    const listed = await listAll(view, some);
    if (listed === undefined) return undefined;
    open = open.slice(directoriesAtOnce);
    for (const [index, one] of listed.entries()) {
      count += one.entries.length;
      open = [...open, ...directoriesIn(some[index] as RelPath, one)];
    }
    if (count > mostExtra) return undefined;
  }
  return count;
}

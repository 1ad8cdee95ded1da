import type { Filter } from '../../filter/filter.ts';
import { decodeName, type ListedEntry } from '../../protocol/verify.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';
import { type CompareRules, type DifferenceKind, isTooLarge, judgeEntry } from './judge-entry.ts';

export interface FoundDifference {
  readonly path: RelPath;
  readonly kind: DifferenceKind;
}

/** A file that looks alike on both sides, so that only its content can tell. */
export interface AlikeFile {
  readonly path: RelPath;
  readonly size: number;
}

/** What both sides say of one directory, or of one part of it, compared. What the filter excludes is no content. Pure. */
export function compareLists(
  directory: RelPath,
  source: readonly ListedEntry[],
  target: readonly ListedEntry[],
  { filter, ...rules }: CompareRules & { readonly filter: Filter },
): { readonly differences: readonly FoundDifference[]; readonly alike: readonly AlikeFile[] } {
  const differences: FoundDifference[] = [];
  const alike: AlikeFile[] = [];
  const left = new Map(target.map((entry) => [entry.name, entry]));
  for (const entry of source) {
    const other = left.get(entry.name);
    left.delete(entry.name);
    const path = joinPath(directory, decodeName(entry.name));
    if (filter.excludes(path, entry.type === 'directory')) continue;
    const kind = judgeEntry(entry, other, rules);
    if (kind !== null) differences.push({ path, kind });
    else if (entry.type === 'file' && entry.size > 0 && !isTooLarge(entry, rules))
      alike.push({ path, size: entry.size });
  }
  for (const entry of left.values()) {
    const path = joinPath(directory, decodeName(entry.name));
    if (filter.excludes(path, entry.type === 'directory')) continue;
    const kind = judgeEntry(undefined, entry, rules);
    if (kind !== null) differences.push({ path, kind });
  }
  return { differences, alike };
}

import type { Filter } from '../../filter/filter.ts';
import { decodeName, type ListedEntry } from '../../protocol/verify.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';
import { type CompareRules, type DifferenceKind, isTooLarge, judgeEntry } from './judge-entry.ts';
import type { Piece } from './suspects.ts';

export interface FoundDifference {
  readonly path: RelPath;
  readonly kind: DifferenceKind;
  /** Of a content that differs. */
  readonly piece?: Piece;
}

/** A file that looks alike on both sides and that not both have read, so that only its content can tell. */
export interface AlikeFile {
  readonly path: RelPath;
  readonly size: number;
}

export interface ComparedLists {
  readonly differences: readonly FoundDifference[];
  readonly alike: readonly AlikeFile[];
  /** Content that was compared, as both had read it. */
  readonly bytes: number;
}

/** What both sides say of one directory, or of one part of it, compared. What the filter excludes is no content. Pure. */
export function compareLists(
  directory: RelPath,
  source: readonly ListedEntry[],
  target: readonly ListedEntry[],
  { filter, ...rules }: CompareRules & { readonly filter: Filter },
): ComparedLists {
  const differences: FoundDifference[] = [];
  const alike: AlikeFile[] = [];
  let bytes = 0;
  const left = new Map(target.map((entry) => [entry.name, entry]));
  for (const entry of source) {
    const other = left.get(entry.name);
    left.delete(entry.name);
    const path = joinPath(directory, decodeName(entry.name));
    if (filter.excludes(path, entry.type === 'directory')) continue;
    const kind = judgeEntry(entry, other, rules);
    if (kind !== null) differences.push({ path, kind });
    if (kind !== null || entry.type !== 'file' || entry.size === 0 || isTooLarge(entry, rules)) continue;
    const { size, hash } = entry;
    if (hash === undefined || other?.hash === undefined) alike.push({ path, size });
    else {
      bytes += size;
      if (hash !== other.hash) differences.push({ path, kind: 'content', piece: { from: 0, length: size } });
    }
  }
  for (const entry of left.values()) {
    const path = joinPath(directory, decodeName(entry.name));
    if (filter.excludes(path, entry.type === 'directory')) continue;
    const kind = judgeEntry(undefined, entry, rules);
    if (kind !== null) differences.push({ path, kind });
  }
  return { differences, alike, bytes };
}

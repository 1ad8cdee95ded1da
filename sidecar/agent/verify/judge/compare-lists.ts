import type { Filter } from '../../../filter/filter.ts';
import { decodeName, type ListedEntry } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { joinPath } from '../../changes/paths.ts';
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
  rules: CompareRules & { readonly filter: Filter },
): ComparedLists {
  const differences: FoundDifference[] = [];
  const alike: AlikeFile[] = [];
  let bytes = 0;
  /** Most entries are alike and need no path. */
  const pathOf = ({ name, type }: ListedEntry): RelPath | undefined => {
    const path = joinPath(directory, decodeName(name));
    return rules.filter.excludes(path, type === 'directory') ? undefined : path;
  };
  const left = new Map<string, ListedEntry>();
  for (const entry of target) left.set(entry.name, entry);
  for (const entry of source) {
    const other = left.get(entry.name);
    left.delete(entry.name);
    const kind = judgeEntry(entry, other, rules);
    const { type, size, hash } = entry;
    if (kind === null && (type !== 'file' || size === 0 || isTooLarge(entry, rules))) continue;
    const isRead = kind === null && hash !== undefined && other?.hash !== undefined;
    if (isRead) bytes += size;
    if (isRead && hash === other.hash) continue;
    const path = pathOf(entry);
    if (path === undefined) {
      // What has its name at the target may be content.
      if (other !== undefined) left.set(entry.name, other);
      continue;
    }
    if (kind !== null) differences.push({ path, kind });
    else if (isRead) differences.push({ path, kind: 'content', piece: { from: 0, length: size } });
    else alike.push({ path, size });
  }
  for (const entry of left.values()) {
    const kind = judgeEntry(undefined, entry, rules);
    const path = kind === null ? undefined : pathOf(entry);
    if (kind !== null && path !== undefined) differences.push({ path, kind });
  }
  return { differences, alike, bytes };
}

import type { Filter } from '../../../filter/filter.ts';
import { type DirectoryWish, decodeName, type ListedEntry } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { joinPath } from '../../changes/paths.ts';
import type { SourceReader } from './source-reader.ts';

/** One directory of the source, or one part of it. */
export interface WalkedDirectory {
  readonly path: RelPath;
  readonly part: DirectoryWish['part'];
  /** Small files were read on the way. */
  readonly content?: true;
  readonly entries: readonly ListedEntry[];
}

export interface ChunkOptions {
  readonly reader: SourceReader;
  readonly filter: Filter;
  /** These alone, and nothing below them; one that is too big for one look is left out. Absent: all of the source. */
  readonly only?: readonly RelPath[] | undefined;
  /** Small files are read on the way. */
  readonly withContent: boolean;
}

/** What only looks goes on for long, in small pieces that are garbage before they have to be kept. */
const chunkEntries = { looked: 100, read: 2_000 };
const chunkDirectories = 200;
const chunkBytes = 32 * 1024 * 1024;
/** A directory that has more comes in parts. */
const mostAtOnce = 4_000;

/**
 * The source in chunks of at most some hundred entries and not much content, each of whole directories or of one part of a big one. What can't be
 * read is left out: the watch and every run tell of it.
 */
export async function* walkChunks(options: ChunkOptions): AsyncGenerator<readonly WalkedDirectory[]> {
  const { reader, filter, only, withContent } = options;
  const mostEntries = withContent ? chunkEntries.read : chunkEntries.looked;
  const open: RelPath[] = [...(only ?? [''])];
  let chunk: WalkedDirectory[] = [];
  let size = 0;
  let bytes = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    // What a link leads to is no part of the source.
    if (only !== undefined && !reader.isRealDirectory(path)) continue;
    for await (const walked of partsOf(path, reader, { takesBig: only === undefined, withContent })) {
      for (const { name, type, hash, size: length } of walked.entries) {
        if (hash !== undefined) bytes += length;
        if (type !== 'directory' || only !== undefined) continue;
        const below = joinPath(path, decodeName(name));
        if (!filter.canSkipDirectory(below)) open.push(below);
      }
      chunk.push(walked);
      size += walked.entries.length;
      if (size < mostEntries && chunk.length < chunkDirectories && bytes < chunkBytes) continue;
      yield chunk;
      chunk = [];
      size = 0;
      bytes = 0;
    }
  }
  if (chunk.length > 0) yield chunk;
}

async function* partsOf(
  path: RelPath,
  reader: SourceReader,
  { takesBig, withContent }: { readonly takesBig: boolean; readonly withContent: boolean },
): AsyncGenerator<WalkedDirectory> {
  const wish = withContent ? { content: true as const } : {};
  const whole = await reader.list(path, wish, mostAtOnce);
  if (whole.reason === undefined) yield { path, part: undefined, entries: whole.entries, ...wish };
  if (whole.reason !== 'TooMany' || !takesBig) return;
  const of = Math.ceil((whole.count ?? mostAtOnce) / (mostAtOnce / 2));
  for (let index = 0; index < of; index += 1) {
    const part = { index, of };
    const { entries, reason } = await reader.list(path, { part, ...wish });
    if (reason === undefined) yield { path, part, entries, ...wish };
  }
}

import type { Filter } from '../../filter/filter.ts';
import { listEntries } from '../../protocol/list-entries.ts';
import { type DirectoryWish, decodeName, type ListedEntry } from '../../protocol/verify.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';

/** One directory of the source, or one part of it. */
export interface WalkedDirectory {
  readonly path: RelPath;
  readonly part: DirectoryWish['part'];
  readonly entries: readonly ListedEntry[];
}

export interface ChunkOptions {
  /** Of a path below the source, as a binary string. */
  readonly absolute: (path: RelPath) => string;
  readonly filter: Filter;
  /** Entries in a chunk, about; a directory with more than `most` comes in parts of so many. */
  readonly entries?: number;
  readonly most?: number;
}

const chunkEntries = 500;
const chunkDirectories = 200;
const mostAtOnce = 4_000;

/**
 * All of the source in chunks of some hundred entries, each of whole directories or of one part of a big one. What can't be
 * read is left out: the watch and every run tell of it.
 */
export async function* walkChunks(options: ChunkOptions): AsyncGenerator<readonly WalkedDirectory[]> {
  const { absolute, filter, entries: most = chunkEntries } = options;
  const open: RelPath[] = [''];
  let chunk: WalkedDirectory[] = [];
  let size = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for await (const walked of partsOf(path, absolute(path), options.most ?? mostAtOnce)) {
      for (const { name, type } of walked.entries) {
        if (type !== 'directory') continue;
        const below = joinPath(path, decodeName(name));
        if (!filter.canSkipDirectory(below)) open.push(below);
      }
      chunk.push(walked);
      size += walked.entries.length;
      if (size < most && chunk.length < chunkDirectories) continue;
      yield chunk;
      chunk = [];
      size = 0;
    }
  }
  if (chunk.length > 0) yield chunk;
}

async function* partsOf(path: RelPath, directory: string, most: number): AsyncGenerator<WalkedDirectory> {
  const whole = await listEntries(directory, {}, most);
  if (whole.reason === undefined) yield { path, part: undefined, entries: whole.entries };
  if (whole.reason !== 'TooMany') return;
  const of = Math.ceil((whole.count ?? most) / (most / 2));
  for (let index = 0; index < of; index += 1) {
    const { entries, reason } = await listEntries(directory, { part: { index, of } });
    if (reason === undefined) yield { path, part: { index, of }, entries };
  }
}

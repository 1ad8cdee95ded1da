import type { PastAnswer, PastHead } from '../../protocol/history.ts';
import type { PastEntry, PastFiles } from './past-files.ts';
import type { PastNode, PastTree } from './past-tree.ts';

/**
 * Paths (binary strings) with all below them, as they were: heads as lines of JSON, each of a file followed by its bytes.
 * A file that changes while it is read ends the stream with an error.
 */
export async function* readPast(
  tree: PastTree,
  paths: readonly string[],
  files: PastFiles,
  about: PastAnswer,
): AsyncGenerator<Buffer> {
  const stream = new PastStream(files);
  yield line({ kind: 'begin', ...about });
  for (const path of paths) yield* stream.entry(tree.find(path === '' ? 'data' : `data/${path}`), path);
  yield line({ kind: 'end', entries: stream.entries });
}

class PastStream {
  entries = 0;
  readonly #files: PastFiles;
  /** Paths by inode, of files that may have other names. */
  readonly #names = new Map<bigint, string>();

  constructor(files: PastFiles) {
    this.#files = files;
  }

  *entry(node: PastNode, path: string): Generator<Buffer> {
    const entry = this.#files.entry(node);
    const coded = encode(path);
    if (!entry) {
      // Nothing was there, unless it was kept and has gone since.
      const isKept = node.base !== null && node.base !== `data/${path}`;
      yield line({ kind: 'missing', path: coded, reason: isKept ? 'NotKept' : 'NotThere' });
      return;
    }
    if (entry.isLost) yield line({ kind: 'missing', path: coded, reason: 'NotKept' });
    this.entries++;
    const { mode, base } = entry;
    const attributes = { path: coded, mode: mode & 0o7777, mtimeNs: String(entry.mtimeNs) };
    if (entry.kind === 'directory') {
      yield line({ kind: 'directory', ...attributes });
      for (const [name, child] of this.#files.children(node)) {
        if (this.#files.entry(child) || child.base !== null)
          yield* this.entry(child, path === '' ? name : `${path}/${name}`);
      }
    } else if (base === null) return;
    else if (entry.kind === 'symlink')
      yield line({ kind: 'symlink', target: encode(this.#files.readLink(base)), ...attributes });
    else if (entry.kind === 'file') yield* this.#file(entry, base, path, attributes);
    else yield line({ kind: 'missing', path: coded, reason: 'Special' });
  }

  *#file(
    entry: PastEntry,
    base: string,
    path: string,
    attributes: { path: string; mode: number; mtimeNs: string },
  ): Generator<Buffer> {
    const other = this.#names.get(entry.inode);
    if (other !== undefined) {
      yield line({ kind: 'link', path: attributes.path, of: encode(other) });
      return;
    }
    this.#names.set(entry.inode, path);
    yield line({ kind: 'file', size: entry.size, ...attributes });
    let left = entry.size;
    for (const chunk of this.#files.read(base, entry.size)) {
      left -= chunk.length;
      yield chunk;
    }
    if (left > 0) throw new Error(`read the past: a file ended ${left} bytes early`);
  }
}

const encode = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
const line = (head: PastHead): Buffer => Buffer.from(`${JSON.stringify(head)}\n`);

import { type BigIntStats, closeSync, constants, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import type { PastAnswer, PastHead } from '../../protocol/past/history.ts';
import { LookBefore } from '../history/keep/look-before.ts';

const chunkBytes = 256 * 1024;

/**
 * Paths (binary strings) with all below them, of a copy of the past that nobody changes: heads as lines of JSON, each of a file
 * followed by its bytes.
 */
export async function* readPast(
  root: string,
  paths: readonly string[],
  {
    missing,
    ...about
  }: PastAnswer & { readonly missing: readonly { readonly path: string; readonly reason: string }[] },
): AsyncGenerator<Buffer> {
  const stream = new PastStream(root);
  try {
    yield line({ kind: 'begin', ...about });
    for (const { path, reason } of missing) yield line({ kind: 'missing', path: encode(path), reason });
    for (const path of paths) yield* stream.entry(path);
    yield line({ kind: 'end', entries: stream.entries });
  } finally {
    stream.close();
  }
}

class PastStream {
  entries = 0;
  readonly #look: LookBefore;
  readonly #root: Buffer;
  /** Paths by inode, of files that may have other names. */
  readonly #names = new Map<bigint, string>();

  constructor(root: string) {
    this.#look = new LookBefore(root);
    this.#root = Buffer.from(root);
  }

  close(): void {
    this.#look.close();
  }

  *entry(path: string): Generator<Buffer> {
    const at = this.#at(path);
    const stat = path === '' ? undefined : this.#look.look(path);
    if (path !== '' && !stat) return;
    this.entries++;
    if (!stat || stat.isDirectory()) {
      const own = stat ?? this.#look.look('.');
      if (own) yield line({ kind: 'directory', ...attributesOf(path, own) });
      for (const name of readdirSync(at, 'latin1').sort()) yield* this.entry(path === '' ? name : `${path}/${name}`);
    } else if (stat.isSymbolicLink())
      yield line({ kind: 'symlink', target: encode(readlinkSync(at, 'latin1')), ...attributesOf(path, stat) });
    else if (stat.isFile()) yield* this.#file(path, at, stat);
    else yield line({ kind: 'missing', path: encode(path), reason: 'Special' });
  }

  *#file(path: string, at: Buffer, stat: BigIntStats): Generator<Buffer> {
    const other = this.#names.get(stat.ino);
    if (other !== undefined) {
      yield line({ kind: 'link', path: encode(path), of: encode(other) });
      return;
    }
    if (stat.nlink > 1n) this.#names.set(stat.ino, path);
    const fd = open(at);
    if (fd === undefined) {
      yield line({ kind: 'missing', path: encode(path), reason: 'Denied' });
      return;
    }
    try {
      const size = Number(stat.size);
      yield line({ kind: 'file', size, ...attributesOf(path, stat) });
      let left = size;
      while (left > 0) {
        const chunk = Buffer.allocUnsafe(Math.min(left, chunkBytes));
        const count = readSync(fd, chunk);
        if (count === 0) throw new Error(`read the past: a file ended ${left} bytes early`);
        left -= count;
        yield chunk.subarray(0, count);
      }
    } finally {
      closeSync(fd);
    }
  }

  #at(path: string): Buffer {
    const at = path === '' ? this.#root : this.#look.pathOf(path);
    if (at === undefined) throw new Error('read the past: a directory of the copy is gone');
    return at;
  }
}

/** Undefined for a file that its owner may not read either. */
const open = (at: Buffer): number | undefined => {
  try {
    return openSync(at, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'EACCES') return undefined;
    throw error;
  }
};

const attributesOf = (path: string, { mode, mtimeNs }: BigIntStats) => ({
  path: encode(path),
  mode: Number(mode) & 0o7777,
  mtimeNs: String(mtimeNs),
});

const encode = (path: string): string => Buffer.from(path, 'latin1').toString('base64url');
const line = (head: PastHead): Buffer => Buffer.from(`${JSON.stringify(head)}\n`);

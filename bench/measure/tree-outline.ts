import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { errorCode } from '../../src/process/failure.ts';

interface Entry {
  readonly path: Buffer;
  readonly stats: BigIntStats;
  /** Of a directory: its names. */
  readonly names: string | undefined;
}

/** The most entries of one look, so that a look at a big tree doesn't hold up whoever else runs in this process. */
const entriesAtOnce = 2_000;

const slash = Buffer.from('/');
const joinBytes = (root: Buffer, path: Buffer): Buffer =>
  path.length === 0 ? root : Buffer.concat([root, slash, path]);

/** Names, sizes, modes and times of a tree at rest, checked off one by one as a copy of it gets them. */
export class TreeOutline {
  readonly #target: Buffer;
  readonly #entries: Entry[];
  #matched = 0;

  constructor(source: string, target: string) {
    this.#target = Buffer.from(target);
    this.#entries = walk(Buffer.from(source));
  }

  /** Whether the copy has had all of them; goes on where the last look ended. */
  isMatched(): boolean {
    const end = Math.min(this.#entries.length, this.#matched + entriesAtOnce);
    for (; this.#matched < end; this.#matched += 1) {
      const entry = this.#entries[this.#matched];
      if (entry !== undefined && !this.#isSame(entry)) return false;
    }
    return this.#matched === this.#entries.length;
  }

  lookAgain(): void {
    this.#matched = 0;
  }

  #isSame({ path, stats, names }: Entry): boolean {
    const copy = joinBytes(this.#target, path);
    try {
      const there = lstatSync(copy, { bigint: true, throwIfNoEntry: false });
      return (
        there?.mode === stats.mode &&
        there.mtimeNs === stats.mtimeNs &&
        (stats.isDirectory() || there.size === stats.size) &&
        (names === undefined || namesOf(copy, path.length === 0) === names)
      );
    } catch (error) {
      if (['ENOENT', 'ENOTDIR', 'EACCES'].includes(errorCode(error))) return false;
      throw error;
    }
  }
}

/** A directory's names in one text; `lost+found` at the root is nobody's content. */
function namesOf(directory: Buffer, isRoot: boolean): string {
  const names = readdirSync(directory, { encoding: 'buffer' }).map((name) => name.toString('latin1'));
  return names
    .filter((name) => !isRoot || name !== 'lost+found')
    .sort()
    .join('/');
}

function walk(root: Buffer): Entry[] {
  const entries: Entry[] = [];
  const pending: Buffer[] = [Buffer.alloc(0)];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const full = joinBytes(root, path);
    const stats = lstatSync(full, { bigint: true });
    const names = stats.isDirectory() ? namesOf(full, path.length === 0) : undefined;
    entries.push({ path, stats, names });
    for (const name of names?.split('/') ?? []) {
      if (name === '') continue;
      const bytes = Buffer.from(name, 'latin1');
      pending.push(path.length === 0 ? bytes : Buffer.concat([path, slash, bytes]));
    }
  }
  return entries;
}

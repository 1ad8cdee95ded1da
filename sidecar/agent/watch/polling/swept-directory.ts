import type { Stats } from 'node:fs';

/** What an entry is, as far as it is told. */
export type SweptKind = 'file' | 'directory' | 'other';

const kinds: readonly SweptKind[] = ['file', 'directory', 'other'];
const fresh = 4;
/** Size (of a directory its mode), mtime, ctime. */
const numbers = 3;

export interface SweptEntry {
  readonly name: string;
  readonly kind: SweptKind;
  readonly version: readonly [number, number, number];
  /** It was changed at the look before this one, and its times are too coarse to show another change in the same second. */
  readonly isFresh: boolean;
}

/** Entries of one directory as they were at the last look: some 27 bytes and its name for each. */
export class SweptDirectory {
  readonly #names: Buffer;
  readonly #flags: Uint8Array;
  readonly #versions: Float64Array;

  constructor(entries: readonly SweptEntry[]) {
    this.#names = packNames(entries.map(({ name }) => name));
    this.#flags = new Uint8Array(entries.length);
    this.#versions = new Float64Array(numbers * entries.length);
    for (const [at, { kind, isFresh, version }] of entries.entries()) {
      this.#flags[at] = kinds.indexOf(kind) + (isFresh ? fresh : 0);
      this.#versions.set(version, numbers * at);
    }
  }

  get size(): number {
    return this.#flags.length;
  }

  *[Symbol.iterator](): Generator<SweptEntry> {
    let start = 0;
    for (let at = 0; at < this.#flags.length; at++) {
      const end = this.#names.indexOf(0, start);
      yield this.#entry(at, this.#names.toString('latin1', start, end));
      start = end + 1;
    }
  }

  hasAll(names: readonly string[]): boolean {
    const known = new Set(this.#names.toString('latin1').split('\0'));
    return names.every((name) => known.has(name));
  }

  /** By name; quick where the names are the same, in the same order. */
  finder(names: readonly string[]): (name: string, at: number) => SweptEntry | undefined {
    if (packNames(names).equals(this.#names)) return (name, at) => this.#entry(at, name);
    const byName = new Map([...this].map((entry) => [entry.name, entry]));
    return (name) => byName.get(name);
  }

  #entry(at: number, name: string): SweptEntry {
    const flags = this.#flags[at] ?? 0;
    const [first = 0, second = 0, third = 0] = this.#versions.subarray(numbers * at, numbers * at + numbers);
    return {
      name,
      kind: kinds[flags & 3] ?? 'other',
      isFresh: (flags & fresh) !== 0,
      version: [first, second, third],
    };
  }
}

export const kindOf = (stats: Stats): SweptKind => {
  if (stats.isDirectory()) return 'directory';
  return stats.isFile() ? 'file' : 'other';
};

/** Without its times a directory that went and came again between two looks would be the one that was. */
export const versionOf = (stats: Stats): readonly [number, number, number] => [
  stats.isDirectory() ? stats.mode : stats.size,
  stats.mtimeMs,
  stats.ctimeMs,
];

export const isSameVersion = (one: SweptEntry['version'], other: SweptEntry['version']): boolean =>
  one.every((number, at) => number === other[at]);

export const hasCoarseTimes = ({ mtimeMs, ctimeMs }: Stats): boolean => mtimeMs % 1_000 === 0 && ctimeMs % 1_000 === 0;

const packNames = (names: readonly string[]): Buffer =>
  names.length === 0 ? Buffer.alloc(0) : Buffer.from(`${names.join('\0')}\0`, 'latin1');

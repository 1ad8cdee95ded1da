import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { errorCode } from '../../src/process/failure.ts';
import { firstDifference } from './same-content.ts';
import { readXattrs } from './xattrs.ts';

export type EntryType = 'file' | 'directory' | 'symlink' | 'fifo' | 'socket' | 'block' | 'character';

export type DifferenceKind =
  | 'missing'
  | 'extra'
  | 'type'
  | 'size'
  | 'content'
  | 'mode'
  | 'mtime'
  | 'link'
  | 'hard links'
  | 'xattrs'
  | 'owner'
  | 'device'
  | 'unreadable';

/** `path` is a binary string (one character a byte), '' the root. `detail` says both values, source first. */
export interface Difference {
  readonly path: string;
  readonly what: DifferenceKind;
  readonly detail: string;
}

export interface CompareOptions {
  /** Whether a name, with all below it, is not compared. */
  readonly exclude?: (path: string, type: EntryType) => boolean;
  readonly owners?: boolean;
  readonly xattrs?: boolean;
  readonly hardLinks?: boolean;
  /** Mode and times of the two roots themselves. */
  readonly root?: boolean;
  /** No more differences than these are looked for. */
  readonly limit?: number;
}

/**
 * Compares two trees by bytes: names, types, contents, modes, mtimes in nanoseconds, symlink targets, which names are
 * hard links of each other, extended attributes. `lost+found` at the top is nobody's content.
 * @returns what differs, at most `limit` (1,000); an empty list means equal
 */
export async function compareTrees(
  source: string,
  target: string,
  options: CompareOptions = {},
): Promise<Difference[]> {
  const comparison = new Comparison(Buffer.from(source), Buffer.from(target), options);
  await comparison.run();
  return comparison.differences;
}

const typeOf = (stats: BigIntStats): EntryType => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return stats.isBlockDevice() ? 'block' : 'character';
};

const modeOf = (stats: BigIntStats): string => (stats.mode & 0o7777n).toString(8).padStart(4, '0');
const at = (root: Buffer, path: string): Buffer =>
  path === '' ? root : Buffer.concat([root, Buffer.from(`/${path}`, 'latin1')]);
const readText = (path: Buffer): string => readlinkSync(path, { encoding: 'buffer' }).toString('latin1');

/** Where the names of one inode were seen first, so that groups of hard links can be told apart. */
type FirstNames = Map<bigint, string>;

class Comparison {
  readonly differences: Difference[] = [];
  readonly #source: Buffer;
  readonly #target: Buffer;
  readonly #options: Required<CompareOptions>;
  readonly #sourceNames: FirstNames = new Map();
  readonly #targetNames: FirstNames = new Map();
  #entries = 0;

  constructor(source: Buffer, target: Buffer, options: CompareOptions) {
    this.#source = source;
    this.#target = target;
    const defaults = { exclude: () => false, owners: false, xattrs: true, hardLinks: true, root: true, limit: 1_000 };
    this.#options = { ...defaults, ...options };
  }

  async run(): Promise<void> {
    const pending = [''];
    for (let path = pending.pop(); path !== undefined && !this.#isFull(); path = pending.pop()) {
      try {
        const below = await this.#compare(path);
        pending.push(...below);
      } catch (error) {
        this.#differ(path, 'unreadable', errorCode(error) || String(error));
      }
    }
  }

  /** Compares one name that both sides have. @returns the names below that both have */
  async #compare(path: string): Promise<string[]> {
    this.#entries += 1;
    if (this.#entries % 256 === 0) await turn();
    const [ours, theirs] = [at(this.#source, path), at(this.#target, path)];
    const a = lstatSync(ours, { bigint: true });
    const b = lstatSync(theirs, { bigint: true });
    const type = typeOf(a);
    if (type !== typeOf(b)) {
      this.#differ(path, 'type', `${type}, ${typeOf(b)}`);
      return [];
    }
    if (path !== '' || this.#options.root) this.#compareAttributes(path, type, a, b);
    if (type === 'directory') return this.#compareNames(path);
    if (type === 'symlink') this.#differIf(path, 'link', readText(ours), readText(theirs));
    else if (type === 'file') await this.#compareFiles(path, a, b);
    else if (type === 'block' || type === 'character') this.#differIf(path, 'device', `${a.rdev}`, `${b.rdev}`);
    if (this.#options.hardLinks) this.#compareLinks(path, a, b);
    return [];
  }

  #compareNames(path: string): string[] {
    const ours = this.#list(this.#source, path);
    const theirs = new Set(this.#list(this.#target, path));
    const both: string[] = [];
    for (const name of ours) {
      const below = path === '' ? name : `${path}/${name}`;
      if (theirs.delete(name)) {
        if (!this.#isExcluded(this.#source, below)) both.push(below);
      } else if (!this.#isExcluded(this.#source, below)) this.#differ(below, 'missing', 'not at the target');
    }
    for (const name of theirs) {
      const below = path === '' ? name : `${path}/${name}`;
      if (!this.#isExcluded(this.#target, below)) this.#differ(below, 'extra', 'only at the target');
    }
    // The last is compared first.
    return both.sort().reverse();
  }

  #list(root: Buffer, path: string): string[] {
    const names = readdirSync(at(root, path), { encoding: 'buffer' }).map((name) => name.toString('latin1'));
    return path === '' ? names.filter((name) => name !== 'lost+found') : names;
  }

  #isExcluded(root: Buffer, path: string): boolean {
    const stats = lstatSync(at(root, path), { bigint: true, throwIfNoEntry: false });
    return stats !== undefined && this.#options.exclude(path, typeOf(stats));
  }

  #compareAttributes(path: string, type: EntryType, a: BigIntStats, b: BigIntStats): void {
    if (type !== 'symlink') this.#differIf(path, 'mode', modeOf(a), modeOf(b));
    this.#differIf(path, 'mtime', `${a.mtimeNs}`, `${b.mtimeNs}`);
    if (this.#options.owners) this.#differIf(path, 'owner', `${a.uid}:${a.gid}`, `${b.uid}:${b.gid}`);
    if (!this.#options.xattrs) return;
    const [ours, theirs] = [this.#source, this.#target].map((root) =>
      [...readXattrs(at(root, path))].map(([name, value]) => `${name}=${value.toString('base64')}`).join(' '),
    );
    this.#differIf(path, 'xattrs', ours ?? '', theirs ?? '');
  }

  async #compareFiles(path: string, a: BigIntStats, b: BigIntStats): Promise<void> {
    if (a.size !== b.size) {
      this.#differ(path, 'size', `${a.size}, ${b.size}`);
      return;
    }
    const offset = await firstDifference(at(this.#source, path), at(this.#target, path));
    if (offset >= 0) this.#differ(path, 'content', `from byte ${offset}`);
  }

  #compareLinks(path: string, a: BigIntStats, b: BigIntStats): void {
    const first = (names: FirstNames, { ino }: BigIntStats): string => {
      if (!names.has(ino)) names.set(ino, path);
      return JSON.stringify(names.get(ino));
    };
    const ours = a.nlink > 1n ? first(this.#sourceNames, a) : JSON.stringify(path);
    const theirs = b.nlink > 1n ? first(this.#targetNames, b) : JSON.stringify(path);
    this.#differIf(path, 'hard links', ours, theirs);
  }

  #differIf(path: string, what: DifferenceKind, ours: string, theirs: string): void {
    if (ours !== theirs) this.#differ(path, what, `${ours}, ${theirs}`);
  }

  #differ(path: string, what: DifferenceKind, detail: string): void {
    if (!this.#isFull()) this.differences.push({ path, what, detail });
  }

  #isFull(): boolean {
    return this.differences.length >= this.#options.limit;
  }
}

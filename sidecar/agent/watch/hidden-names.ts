import { isUtf8 } from 'node:buffer';
import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import type { RelPath } from '../change.ts';
import type { Filter } from '../filter/filter.ts';

interface KnownDirectory {
  readonly mtimeNs: bigint;
  /** The listing may be older than a change of the same clock tick: it isn't trusted next time. */
  readonly settled: boolean;
  readonly directories: readonly string[];
  readonly hidden: readonly string[];
  /** What the hidden entries were like. */
  readonly signature: string;
}

/** A clock tick of any file system, FAT's two seconds included. */
const tickNs = 2_000_000_000n;

/**
 * Finds what a watcher that speaks strings can't see: entries whose names are not UTF-8, and all below them.
 * Each sweep stats every directory, lists those whose entries changed, and compares the hidden entries with the sweep
 * before. It also knows which directories there are and which can't be read.
 */
export class HiddenNames {
  readonly #root: string;
  readonly #filter: Filter;
  #known: ReadonlyMap<RelPath, KnownDirectory> = new Map();
  #unreadable: ReadonlySet<RelPath> = new Set();
  #first = true;

  constructor(root: string, filter: Filter) {
    this.#root = root;
    this.#filter = filter;
  }

  get directories(): number {
    return this.#known.size;
  }

  get unreadable(): ReadonlySet<RelPath> {
    return this.#unreadable;
  }

  /** The visible directories below which something hidden changed, or that can be read again. The first sweep has none. */
  async sweep(): Promise<RelPath[]> {
    const known = new Map<RelPath, KnownDirectory>();
    const unreadable = new Set<RelPath>();
    const changed = new Set<RelPath>();
    const pending: { readonly path: RelPath; readonly visible: RelPath; readonly isHidden: boolean }[] = [
      { path: '', visible: '', isHidden: false },
    ];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { path, visible, isHidden } = next;
      const before = this.#known.get(path);
      const now = await this.#look(path, isHidden, before);
      if (now === undefined) continue;
      if (now === 'unreadable') {
        unreadable.add(path);
        continue;
      }
      known.set(path, now);
      if (now.signature !== (before?.signature ?? '') || this.#unreadable.has(path)) changed.add(visible);
      const hidden = new Set(now.hidden);
      for (const name of now.directories) {
        const at = path === '' ? name : `${path}/${name}`;
        const below = isHidden || hidden.has(name);
        pending.push({ path: at, visible: below ? visible : at, isHidden: below });
      }
    }
    this.#known = known;
    this.#unreadable = unreadable;
    const answer = this.#first ? [] : [...changed];
    this.#first = false;
    return answer;
  }

  async #look(
    path: RelPath,
    isHidden: boolean,
    before: KnownDirectory | undefined,
  ): Promise<KnownDirectory | 'unreadable' | undefined> {
    const stats = await this.#stat(path);
    if (stats === undefined || !stats.isDirectory()) return undefined;
    const fresh = before?.settled === true && before.mtimeNs === stats.mtimeNs;
    const listing = fresh ? before : await this.#list(path, isHidden);
    if (listing === undefined) return 'unreadable';
    const settled = BigInt(Date.now()) * 1_000_000n - stats.mtimeNs > tickNs;
    const { directories, hidden } = listing;
    return { mtimeNs: stats.mtimeNs, settled, directories, hidden, signature: await this.#sign(path, hidden) };
  }

  async #list(path: RelPath, isHidden: boolean): Promise<Pick<KnownDirectory, 'directories' | 'hidden'> | undefined> {
    try {
      const directories: string[] = [];
      const hidden: string[] = [];
      for (const entry of await readdir(this.#absolute(path), { encoding: 'buffer', withFileTypes: true })) {
        const name = entry.name.toString('latin1');
        if (this.#filter.excludes(path === '' ? name : `${path}/${name}`, entry.isDirectory())) continue;
        if (entry.isDirectory()) directories.push(name);
        if (isHidden || !isUtf8(entry.name)) hidden.push(name);
      }
      return { directories, hidden: hidden.sort() };
    } catch {
      return undefined;
    }
  }

  async #sign(path: RelPath, names: readonly string[]): Promise<string> {
    const parts: string[] = [];
    for (const name of names) {
      const stats = await this.#stat(path === '' ? name : `${path}/${name}`);
      parts.push(`${name}\0${stats?.ino}:${stats?.size}:${stats?.mtimeNs}:${stats?.ctimeNs}:${stats?.mode}`);
    }
    return parts.join('\0\0');
  }

  async #stat(path: RelPath): Promise<BigIntStats | undefined> {
    return lstat(this.#absolute(path), { bigint: true }).catch(() => undefined);
  }

  #absolute(path: RelPath): Buffer {
    return Buffer.concat([Buffer.from(this.#root), Buffer.from(path === '' ? '' : `/${path}`, 'latin1')]);
  }
}

import { isUtf8 } from 'node:buffer';
import type { BigIntStats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import { joinPath, parentOf } from '../../changes/paths.ts';

interface KnownDirectory {
  readonly inode: bigint;
  readonly bornNs: bigint;
  /** Mode and owners. */
  readonly access: string;
  readonly isHidden: boolean;
  /** It was new, and has not been quiet for the time of a sweep since. */
  readonly isFresh: boolean;
  readonly mtimeNs: bigint;
  /** The listing may be older than a change of the same clock tick: it isn't trusted next time. */
  readonly settled: boolean;
  readonly directories: readonly string[];
  readonly hidden: readonly string[];
  /** What the hidden entries were like. */
  readonly signature: string;
}

interface Pending {
  readonly path: RelPath;
  /** The nearest directory that can be named. */
  readonly visible: RelPath;
  readonly isHidden: boolean;
  /** Below one that is new: told with it. */
  readonly isNew: boolean;
}

const nothing: SweepFindings = { hiddenChanged: [], arrived: [], gone: [], accessChanged: [] };

/** A clock tick of any file system, FAT's two seconds included. */
const tickNs = 2_000_000_000n;

/** What a sweep found that differs from the one before; paths of visible directories. */
export interface SweepFindings {
  /** Below it something hidden changed, or it can be read again. */
  readonly hiddenChanged: readonly RelPath[];
  /** New, or another directory than before. */
  readonly arrived: readonly RelPath[];
  readonly gone: readonly RelPath[];
  readonly accessChanged: readonly RelPath[];
}

/**
 * Checks on a watcher that speaks strings and may miss what comes and goes fast. Each sweep stats every directory, lists
 * those whose entries changed, and so finds directories that came, went or got another mode, and what strings can't name:
 * entries whose names are not UTF-8, and all below them. It keeps no names of files.
 */
export class DirectorySweep {
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

  /** The first one finds nothing: there is none before it. */
  async sweep(): Promise<SweepFindings> {
    const known = new Map<RelPath, KnownDirectory>();
    const unreadable = new Set<RelPath>();
    const hiddenChanged = new Set<RelPath>();
    const arrived: RelPath[] = [];
    const accessChanged: RelPath[] = [];
    const pending: Pending[] = [{ path: '', visible: '', isHidden: false, isNew: false }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { path, visible, isHidden } = next;
      const before = this.#known.get(path);
      const now = await this.#look(path, isHidden, before);
      if (now === 'gone') continue;
      if (now === 'unreadable') {
        unreadable.add(path);
        continue;
      }
      const isAnother = before === undefined || before.inode !== now.inode || before.bornNs !== now.bornNs;
      // Told as a whole before, and changed since: what was there for a moment only may have been copied.
      const isNew = isAnother || (before.isFresh && before.mtimeNs !== now.mtimeNs);
      known.set(path, { ...now, isFresh: isNew && !this.#first });
      if (isNew && !isHidden && !next.isNew) arrived.push(path);
      if (before !== undefined && before.access !== now.access && !isHidden) accessChanged.push(path);
      if (now.signature !== (before?.signature ?? '') || this.#unreadable.has(path)) hiddenChanged.add(visible);
      const hidden = new Set(now.hidden);
      for (const name of now.directories) {
        const at = joinPath(path, name);
        const below = isHidden || hidden.has(name);
        pending.push({ path: at, visible: below ? visible : at, isHidden: below, isNew: isNew || next.isNew });
      }
    }
    const gone = [...this.#known]
      .filter(
        ([path, { isHidden }]) => !isHidden && !known.has(path) && !unreadable.has(path) && known.has(parentOf(path)),
      )
      .map(([path]) => path);
    this.#known = known;
    this.#unreadable = unreadable;
    const first = this.#first;
    this.#first = false;
    return first ? nothing : { hiddenChanged: [...hiddenChanged], arrived, gone, accessChanged };
  }

  async #look(
    path: RelPath,
    isHidden: boolean,
    before: KnownDirectory | undefined,
  ): Promise<KnownDirectory | 'unreadable' | 'gone'> {
    const stats = await this.#stat(path);
    if (stats === undefined || !stats.isDirectory()) return 'gone';
    const fresh = before?.settled === true && before.mtimeNs === stats.mtimeNs;
    const listing = fresh ? before : await this.#list(path, isHidden);
    if (listing === undefined) return 'unreadable';
    const settled = BigInt(Date.now()) * 1_000_000n - stats.mtimeNs > tickNs;
    const { directories, hidden } = listing;
    return {
      inode: stats.ino,
      // Where the file system keeps no time of birth, its last change stands in for it: that proves nothing.
      bornNs: stats.birthtimeNs === stats.ctimeNs && before !== undefined ? before.bornNs : stats.birthtimeNs,
      access: `${stats.mode}:${stats.uid}:${stats.gid}`,
      isHidden,
      isFresh: false,
      mtimeNs: stats.mtimeNs,
      settled,
      directories,
      hidden,
      signature: await this.#sign(path, hidden),
    };
  }

  async #list(path: RelPath, isHidden: boolean): Promise<Pick<KnownDirectory, 'directories' | 'hidden'> | undefined> {
    try {
      const directories: string[] = [];
      const hidden: string[] = [];
      for (const entry of await readdir(this.#absolute(path), { encoding: 'buffer', withFileTypes: true })) {
        const name = entry.name.toString('latin1');
        if (this.#filter.excludes(joinPath(path, name), entry.isDirectory())) continue;
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
      const stats = await this.#stat(joinPath(path, name));
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

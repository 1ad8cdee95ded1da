import { type BigIntStats, lstatSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RawChange, RelPath } from '../../changes/change.ts';
import { rebasePath } from '../../changes/paths.ts';
import { bindWatchCalls } from '../../watch/inotify/libc.ts';
import { type WalkOptions, walkBelow } from '../walk.ts';
import { NamedInodes } from './named-inodes.ts';
import { type InodeVisitor, scanInodes } from './scan-inodes.ts';

/** Names kept; the files asked for longest ago are forgotten. */
const maxNames = 50_000;
const sliceMs = 5;
/** A search rests so much longer than it took before the next begins. */
const restFactor = 2;

/** A symlink may have several too. */
const hasNames = (stats: Pick<BigIntStats, 'isFile' | 'isSymbolicLink'>): boolean =>
  stats.isFile() || stats.isSymbolicLink();

/** What became of files that were changed under a name which is gone since: they can't be sent under that one, and no event bears another. */
export interface Strays {
  /** Other names of such files, as far as they are known. */
  readonly names: readonly RelPath[];
  /** Such files (`device:inode`), by the name that went, whose other names are to be looked for. */
  readonly files: ReadonlyMap<RelPath, string>;
}

interface Links {
  readonly names: readonly RelPath[];
  /** Names that no search finds: outside of the source, or where nobody may look. */
  readonly outside: number;
  /** Arrivals so far: what came since may be one of those. */
  readonly arrivals: number;
}

/**
 * Names of files with more than one. What was found is kept, and believed only as long as each name still is that file and
 * there are as many as the file says; else all directories are read once for all files that are asked for.
 */
export class HardLinks {
  readonly #root: string;
  readonly #walk: WalkOptions;
  readonly #known = new Map<string, Links>();
  /** Of each name that is kept, and of those last seen of which only this is known. */
  readonly #inodes = new NamedInodes();
  /** Those of them under which the file was changed. */
  readonly #written = new Set<RelPath>();
  #names = 0;
  #arrivals = 0;
  #searching: Promise<unknown> = Promise.resolve();
  #restUntil = 0;

  /** `root` is a binary string. */
  constructor(root: string) {
    this.#root = root;
    this.#walk = {
      absolute: (path) => this.#absolute(path),
      excludes: () => false,
      // A name that can't be found is missed when the names are counted.
      onUnreadable: () => {},
    };
  }

  /** A look at a name has shown that its file has others. */
  saw(path: RelPath, inode: string): void {
    if (this.#inodes.get(path) === inode) return;
    if (this.#inodes.size >= 2 * maxNames) this.#inodes.forgetOldest();
    this.#inodes.set(path, inode);
  }

  /** Call it with all that the watch tells. */
  note(batch: readonly RawChange[]): Strays {
    const names: RelPath[] = [];
    const files = new Map<RelPath, string>();
    const gone = (name: RelPath): void => {
      const inode = this.#inodes.get(name) ?? '';
      const isKnown = this.#known.has(inode);
      const others = this.#onGone(name);
      if (others === undefined) return;
      if (isKnown) for (const other of others) names.push(other);
      else files.set(name, inode);
    };
    for (const change of batch) {
      const { kind, path } = change;
      if (kind === 'create' || kind === 'move' || kind === 'rescan') this.#arrivals += 1;
      if (this.#inodes.size === 0) continue;
      if ((kind === 'modify' || kind === 'write' || kind === 'attributes') && this.#inodes.has(path)) {
        // Of names that are kept no longer.
        if (this.#written.size >= maxNames) this.#written.clear();
        this.#written.add(path);
      }
      if (kind !== 'delete' && kind !== 'move') continue;
      const { isDirectory } = change;
      for (const name of this.#inodes.atOrBelow(path, isDirectory)) gone(name);
      if (kind !== 'move') continue;
      for (const name of this.#inodes.atOrBelow(change.from, isDirectory))
        this.#onMoved(name, rebasePath(name, change.from, path));
    }
    return { names, files };
  }

  /** All names below the root of each file, by `device:inode`; none for a file that is gone. */
  async namesOf(inodes: readonly string[]): Promise<Map<string, RelPath[]>> {
    const unknown = (): string[] => inodes.filter((inode) => !this.#isKnown(inode));
    if (unknown().length > 0) {
      const search = this.#searching.then(() => this.#search(unknown()));
      this.#searching = search.catch(() => {});
      await search;
    }
    return new Map(inodes.map((inode) => [inode, [...(this.#known.get(inode)?.names ?? [])]]));
  }

  /** Whether any file has two names below the root, or may have. */
  async any(): Promise<boolean> {
    let inodes = new Float64Array(1_024);
    let count = 0;
    const doubtful: RelPath[] = [];
    await this.#scan({
      visit(low, high) {
        if (count === inodes.length) {
          const larger = new Float64Array(2 * count);
          larger.set(inodes);
          inodes = larger;
        }
        inodes[count++] = high * 2 ** 32 + low;
      },
      doubt: (directory) => doubtful.push(directory),
    });
    const sorted = inodes.subarray(0, count).sort();
    for (let at = 1; at < count; at++) if (sorted[at] === sorted[at - 1]) return true;
    for (const directory of doubtful) if (await this.#hasLinksBelow(directory)) return true;
    return false;
  }

  #isKnown(inode: string): boolean {
    const known = this.#known.get(inode);
    if (known === undefined || (known.outside > 0 && known.arrivals !== this.#arrivals)) return false;
    const seen = known.names.map((name) => this.#lookAt(name));
    const [first] = seen;
    return (
      first !== undefined &&
      seen.every((look) => look?.inode === inode) &&
      first.links === known.names.length + known.outside
    );
  }

  async #search(inodes: readonly string[]): Promise<void> {
    if (inodes.length === 0) return;
    const rest = this.#restUntil - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    const begun = performance.now();
    const arrivals = this.#arrivals;
    const first = await this.#findNames(inodes);
    const short = inodes.filter((inode) => (first.get(inode)?.missing ?? 0) > 0);
    // One may have been made behind the search: what two in a row don't find is not to be found.
    const second = short.length === 0 ? first : await this.#findNames(short);
    for (const inode of inodes) {
      const found = second.get(inode) ?? first.get(inode);
      if (found === undefined) this.#forget(inode);
      else this.#remember(inode, { names: [...found.names], outside: found.missing, arrivals });
    }
    this.#restUntil = performance.now() + restFactor * (performance.now() - begun);
  }

  async #findNames(inodes: readonly string[]): Promise<Map<string, { names: Set<RelPath>; missing: number }>> {
    const wanted = new Set(inodes);
    const lows = new Set(inodes.map((inode) => Number(BigInt(inode.slice(inode.indexOf(':') + 1)) & 0xffffffffn)));
    const found = new Map<string, { names: Set<RelPath>; missing: number }>();
    const take = (path: RelPath): void => {
      const look = this.#lookAt(path);
      if (look === undefined || !wanted.has(look.inode)) return;
      const one = found.get(look.inode) ?? { names: new Set(), missing: 0 };
      one.names.add(path);
      one.missing = Math.max(0, look.links - one.names.size);
      found.set(look.inode, one);
    };
    const doubtful: RelPath[] = [];
    await this.#scan({
      visit: (low, _high, path) => {
        if (lows.has(low)) take(path());
      },
      doubt: (directory) => doubtful.push(directory),
    });
    for (const directory of doubtful) {
      await this.#paced(walkBelow(directory, this.#walk), ({ path, stats }) => {
        if (stats.nlink > 1n && hasNames(stats)) take(path);
      });
    }
    return found;
  }

  async #scan(visitor: InodeVisitor): Promise<void> {
    if (process.platform === 'linux') await this.#paced(scanInodes(bindWatchCalls(), this.#root, visitor), () => {});
    else visitor.doubt('', 0);
  }

  async #hasLinksBelow(directory: RelPath): Promise<boolean> {
    let any = false;
    await this.#paced(walkBelow(directory, this.#walk), ({ stats }) => {
      any ||= stats.nlink > 1n && hasNames(stats);
    });
    return any;
  }

  async #paced<T>(steps: Generator<T>, take: (step: T) => void): Promise<void> {
    let until = performance.now() + sliceMs;
    for (const step of steps) {
      take(step);
      if (performance.now() < until) continue;
      await nextTurn();
      until = performance.now() + sliceMs;
    }
  }

  #lookAt(path: RelPath): { readonly inode: string; readonly links: number } | undefined {
    try {
      const stats = lstatSync(this.#absolute(path), { bigint: true, throwIfNoEntry: false });
      if (stats === undefined || !hasNames(stats)) return undefined;
      return { inode: `${stats.dev}:${stats.ino}`, links: Number(stats.nlink) };
    } catch {
      // Whatever keeps it from being looked at, it is not known to be that file.
      return undefined;
    }
  }

  /** @returns the other names of its file that are known, if it was changed under this one */
  #onGone(name: RelPath): readonly RelPath[] | undefined {
    const names = this.#rename(name, []);
    return this.#written.delete(name) ? names : undefined;
  }

  #onMoved(name: RelPath, to: RelPath): void {
    this.#rename(name, [to]);
    if (this.#written.delete(name)) this.#written.add(to);
  }

  /** @returns the other names of its file */
  #rename(name: RelPath, to: readonly RelPath[]): readonly RelPath[] {
    const inode = this.#inodes.get(name) ?? '';
    const links = this.#known.get(inode);
    this.#inodes.delete(name);
    for (const one of to) this.#inodes.set(one, inode);
    if (links === undefined) return [];
    const others = links.names.filter((other) => other !== name);
    this.#known.set(inode, { ...links, names: [...others, ...to] });
    this.#names += to.length - 1;
    return others;
  }

  #remember(inode: string, links: Links): void {
    this.#forget(inode);
    this.#known.set(inode, links);
    for (const name of links.names) this.#inodes.set(name, inode);
    this.#names += links.names.length;
    for (const [oldest] of this.#known) {
      if (this.#names <= maxNames || oldest === inode) break;
      this.#forget(oldest);
    }
  }

  #forget(inode: string): void {
    const names = this.#known.get(inode)?.names ?? [];
    this.#names -= names.length;
    for (const name of names) if (this.#inodes.get(name) === inode) this.#inodes.delete(name);
    this.#known.delete(inode);
  }

  #absolute(path: RelPath): Buffer {
    return Buffer.from(path === '' ? this.#root : `${this.#root}/${path}`, 'latin1');
  }
}

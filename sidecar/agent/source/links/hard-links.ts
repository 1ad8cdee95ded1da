import { type BigIntStats, lstatSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isShortage, outlastShortage } from '../../../../src/process/shortage.ts';
import type { RelPath } from '../../changes/change.ts';
import { bindWatchCalls } from '../../watch/inotify/libc.ts';
import { type WalkOptions, walkBelow } from '../walk.ts';
import { type FoundNames, type LinkEdges, LinkedNames } from './linked-names.ts';
import { type InodeVisitor, scanInodes } from './scan-inodes.ts';

const sliceMs = 5;
/** A search rests so much longer than it took before the next begins. */
const restFactor = 2;

/** A symlink may have several too. */
const hasNames = (stats: Pick<BigIntStats, 'isFile' | 'isSymbolicLink'>): boolean =>
  stats.isFile() || stats.isSymbolicLink();

/** What is known of names of files with more than one, of a real source: all directories are read once for all files that are asked for. */
export class HardLinks implements LinkEdges {
  readonly known = new LinkedNames(this);
  readonly #root: string;
  readonly #walk: WalkOptions;
  #restUntil = 0;

  /** `root` is a binary string. */
  constructor(root: string) {
    this.#root = root;
    this.#walk = {
      absolute: (path) => this.#absolute(path),
      excludes: () => false,
      // A name that can't be found is missed when the names are counted; where nothing can be opened for now all is looked at again.
      onUnreadable: (_path, error) => {
        if (isShortage(error)) throw error;
      },
    };
  }

  /** Whether any file has two names below the root, or may have. */
  any(): Promise<boolean> {
    return outlastShortage(() => this.#any());
  }

  async #any(): Promise<boolean> {
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

  async search(inodes: readonly string[]): Promise<ReadonlyMap<string, FoundNames>> {
    const rest = this.#restUntil - performance.now();
    if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest));
    const begun = performance.now();
    const first = await outlastShortage(() => this.#findNames(inodes));
    const short = inodes.filter((inode) => (first.get(inode)?.missing ?? 0) > 0);
    // One may have been made behind the search: what two in a row don't find is not to be found.
    const second = short.length === 0 ? first : await outlastShortage(() => this.#findNames(short));
    this.#restUntil = performance.now() + restFactor * (performance.now() - begun);
    return new Map([...first, ...second]);
  }

  async #findNames(inodes: readonly string[]): Promise<Map<string, { names: Set<RelPath>; missing: number }>> {
    const wanted = new Set(inodes);
    const lows = new Set(inodes.map((inode) => Number(BigInt(inode.slice(inode.indexOf(':') + 1)) & 0xffffffffn)));
    const found = new Map<string, { names: Set<RelPath>; missing: number }>();
    const take = (path: RelPath): void => {
      const look = this.lookAt(path);
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

  lookAt(path: RelPath): { readonly inode: string; readonly links: number } | undefined {
    try {
      const stats = lstatSync(this.#absolute(path), { bigint: true, throwIfNoEntry: false });
      if (stats === undefined || !hasNames(stats)) return undefined;
      return { inode: `${stats.dev}:${stats.ino}`, links: Number(stats.nlink) };
    } catch {
      // Whatever keeps it from being looked at, it is not known to be that file.
      return undefined;
    }
  }

  #absolute(path: RelPath): Buffer {
    return Buffer.from(path === '' ? this.#root : `${this.#root}/${path}`, 'latin1');
  }
}

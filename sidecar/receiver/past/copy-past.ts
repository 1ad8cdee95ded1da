import {
  type BigIntStats,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../../src/process/failure.ts';
import { moveAway } from '../deletions/move-away.ts';
import type { Trash } from '../deletions/trash.ts';
import type { HistoryRecord } from '../history/journal/history-record.ts';
import { attributesOf, LookBefore } from '../history/keep/look-before.ts';
import type { PastEntry, PastFiles } from '../history/read/past-files.ts';
import { below, type PastNode, type PastTree } from '../history/read/past-tree.ts';
import { hasAttributes, setAttributes } from '../history/roll-back/set-attributes.ts';
import { isStanding, StandingPlaces } from './standing-places.ts';

const perTurn = 100;

/**
 * A copy of the past below a directory of its own, made of links: costs an inode for each directory and no bytes. `mayClone`: of
 * clones instead, where the file system can: what is written to them reaches nothing else. A file that has other attributes by now,
 * or too many names, is copied.
 */
export class CopyPast {
  readonly #root: string;
  readonly #trash: Trash;
  readonly #look: LookBefore;
  readonly #places = new StandingPlaces();
  /** By path; set last, the deepest first. */
  readonly #directories = new Map<string, PastEntry>();
  /** Paths by inode, of files that are copied and may have other names. */
  readonly #copied = new Map<bigint, string>();
  readonly #missing = new Map<string, string>();
  #mayClone: boolean;
  #steps = 0;
  copiedBytes = 0;

  constructor(root: string, trash: Trash, mayClone: boolean) {
    this.#root = root;
    this.#trash = trash;
    this.#mayClone = mayClone;
    this.#look = new LookBefore(root);
  }

  /** Whether its files are their own. */
  get isCloned(): boolean {
    return this.#mayClone;
  }

  /** Paths (binary strings) that can't be given, and why. */
  get missing(): { readonly path: string; readonly reason: string }[] {
    return [...this.#missing].map(([path, reason]) => ({ path, reason }));
  }

  /** What was at a path, with all below it and the directories above it. */
  async add(tree: PastTree, files: PastFiles, path: string): Promise<void> {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      const above = path.slice(0, slash);
      const entry = files.entry(tree.find(`data/${above}`));
      if (entry?.kind === 'directory' && !this.#directories.has(above)) this.#makeDirectory(above, entry);
    }
    await this.#put(tree.find(placeOf(path)), path, null, files);
  }

  /** Makes anew what has been changed since the tree was read that it was made of. @returns whether there was such */
  async follow(
    changes: readonly HistoryRecord[],
    treeNow: () => Promise<PastTree>,
    files: PastFiles,
  ): Promise<boolean> {
    const { stale, touched } = this.#places.findStale(changes);
    if (stale.length === 0 && touched.length === 0) return false;
    const tree = await treeNow();
    for (const path of stale) {
      this.#remove(path);
      await this.#put(tree.find(placeOf(path)), path, null, files);
    }
    for (const path of touched) {
      const entry = files.entry(tree.find(placeOf(path)));
      if (entry?.kind === 'directory') this.#directories.set(path, entry);
    }
    return true;
  }

  /** Gives the directories their attributes. */
  finish(): void {
    for (const [path, entry] of [...this.#directories].reverse()) {
      const at = path === '' ? Buffer.from(this.#root) : this.#look.pathOf(path);
      if (at) setAttributes(at, entry, lstatSync(at, { bigint: true }));
    }
    this.#look.close();
  }

  /** `expected`: where it stands if its directory has it still. */
  async #put(node: PastNode, path: string, expected: string | null, files: PastFiles): Promise<void> {
    if (++this.#steps % perTurn === 0) await nextTurn();
    if (node.base !== expected) this.#places.addDisplaced(node.base, path);
    const entry = files.entry(node);
    if (!entry) {
      if (node.base !== null && node.base !== placeOf(path)) this.#missing.set(path, 'NotKept');
      return;
    }
    if (entry.isLost) this.#missing.set(path, 'NotKept');
    if (entry.kind !== 'directory') {
      try {
        this.#putFile(entry, path, files);
      } catch (error) {
        // What goes while it is looked at was changed, and is made anew.
        if (errorCode(error) !== 'ENOENT') throw error;
        if (!isStanding(entry.base ?? '')) this.#missing.set(path, 'NotKept');
      }
      return;
    }
    if (path !== '') this.#makeDirectory(path, entry);
    else this.#directories.set(path, entry);
    this.#places.addDirectory(entry.base, path);
    for (const [name, child] of files.children(node))
      await this.#put(child, path === '' ? name : `${path}/${name}`, below(entry.base, name), files);
  }

  #makeDirectory(path: string, entry: PastEntry): void {
    mkdirSync(this.#place(path), 0o700);
    this.#directories.set(path, entry);
  }

  #putFile(entry: PastEntry, path: string, files: PastFiles): void {
    const { base } = entry;
    const now = base === null ? undefined : files.stat(base);
    // What is gone by now was changed: it is made anew.
    if (base === null || !now) return;
    const from = files.pathOf(base);
    const to = this.#place(path);
    if (entry.kind === 'file' && this.#clone(from, to)) {
      this.#keepNames(entry, now, path);
      return;
    }
    const isSame = hasAttributes(now, entry) && attributesOf(now).size === entry.size;
    if (isSame && link(from, to)) return;
    if (entry.kind === 'symlink') {
      symlinkSync(Buffer.from(files.readLink(base), 'latin1'), to);
      setAttributes(to, entry, lstatSync(to, { bigint: true }));
    } else if (entry.kind === 'file') this.#copy(entry, now, path, { from, to });
    else this.#missing.set(path, 'Special');
  }

  #clone(from: Buffer, to: Buffer): boolean {
    if (!this.#mayClone) return false;
    try {
      copyFileSync(from, to, constants.COPYFILE_FICLONE_FORCE);
      return true;
    } catch (error) {
      if (!cannotClone.has(errorCode(error))) throw error;
      this.#mayClone = false;
      return false;
    }
  }

  #copy(entry: PastEntry, now: BigIntStats, path: string, { from, to }: { from: Buffer; to: Buffer }): void {
    const other = this.#copied.get(now.ino);
    if (other === undefined) {
      copyFileSync(from, to, constants.COPYFILE_FICLONE);
      if (entry.size < Number(now.size)) truncateSync(to, entry.size);
      this.copiedBytes += entry.size;
    }
    this.#keepNames(entry, now, path);
  }

  /** Names of one file stay such where each is a copy. */
  #keepNames(entry: PastEntry, now: BigIntStats, path: string): void {
    const other = this.#copied.get(now.ino);
    const first = other === undefined ? undefined : this.#look.pathOf(other);
    // Only now: the way to one directory may have had those to all others closed.
    const to = this.#place(path);
    if (first !== undefined) {
      if (lookAt(to)) moveAway(this.#root, path, this.#trash.place());
      linkSync(first, to);
      return;
    }
    if (now.nlink > 1n) this.#copied.set(now.ino, path);
    setAttributes(to, entry, lstatSync(to, { bigint: true }));
  }

  #remove(path: string): void {
    const all = path === '' ? readdirSync(this.#root, 'latin1') : [path];
    for (const one of all) moveAway(this.#root, one, this.#trash.place());
    this.#look.close();
    this.#places.remove(path);
    const isGone = (one: string): boolean => one === path || one.startsWith(`${path}/`) || path === '';
    for (const one of this.#directories.keys()) if (isGone(one)) this.#directories.delete(one);
    for (const one of this.#missing.keys()) if (isGone(one)) this.#missing.delete(one);
    for (const [inode, one] of this.#copied) if (isGone(one)) this.#copied.delete(inode);
  }

  #place(path: string): Buffer {
    const at = this.#look.pathOf(path);
    if (at === undefined) throw new Error('copy the past: a directory of the copy is gone');
    return at;
  }
}

/** What a file system says that has no clones. */
const cannotClone: ReadonlySet<string> = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'ENOTTY', 'EXDEV', 'EINVAL']);

const placeOf = (path: string): string => (path === '' ? 'data' : `data/${path}`);

/** @returns whether it was linked; what has too many names, or is another's, is not */
const link = (from: Buffer, to: Buffer): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EMLINK' || errorCode(error) === 'EPERM') return false;
    throw error;
  }
};

const lookAt = (path: Buffer): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

import { type BigIntStats, linkSync, mkdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, errorMessage } from '../../../src/process/failure.ts';
import { errnoOf, lastErrno } from '../../../src/process/libc.ts';
import { temporaryDirectory } from '../../protocol/receiver-layout.ts';
import { beneathCalls, cString, openBeneath, reasonOfErrno } from '../beneath/open-beneath.ts';
import { moveAway, withWriteAccess } from '../deletions/move-away.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';
import { noteEqualLook } from './equal-looks.ts';
import type { History } from './history.ts';
import type { Attributes } from './history-record.ts';
import { attributesOf, LookBefore } from './look-before.ts';
import { locate, type PastEntry, type PastFiles } from './past-files.ts';
import { below, type PastNode, type PastTree } from './past-tree.ts';
import { hasAttributes, setAttributes } from './set-attributes.ts';

export interface RolledBack {
  /** Entries that were put back, taken away, or given their attributes. */
  readonly changed: number;
  /** Paths (binary strings) that are not as they were, and why. Up to 1,000 of them. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  readonly failedCount: number;
}

const perTurn = 100;
const toldFailures = 1_000;

/**
 * Makes the replica what it was, by renames and links: what is in the way is kept as by any change, so that this can be undone
 * too, and done again after it was interrupted. Nothing else may write meanwhile.
 */
export class RollBack {
  readonly #directory: VolumeDirectory;
  readonly #history: History;
  readonly #look: LookBefore;
  readonly #files: PastFiles;
  readonly #directories: { readonly path: string; readonly entry: PastEntry }[] = [];
  /** Paths whose present state is kept already. */
  readonly #kept = new Set<string>();
  readonly #failed: { path: string; reason: string }[] = [];
  #failedCount = 0;
  #changed = 0;
  #steps = 0;

  constructor(directory: VolumeDirectory, history: History, files: PastFiles) {
    this.#directory = directory;
    this.#history = history;
    this.#files = files;
    this.#look = new LookBefore(directory.data);
  }

  async run(tree: PastTree): Promise<RolledBack> {
    try {
      const data = tree.find('data');
      await this.#evacuate(data);
      await this.#restore(data, '');
      // The deepest first: what happens in a directory changes its time.
      for (const { path, entry } of this.#directories.reverse()) this.#try(path, () => this.#finish(path, entry));
      return { changed: this.#changed, failed: this.#failed, failedCount: this.#failedCount };
    } finally {
      this.#look.close();
    }
  }

  /**
   * What is in the replica at another place, or within something else that is kept, goes to a place of its own first: two names
   * may have been exchanged, and what is within something would go with it.
   */
  async #evacuate(data: PastNode): Promise<void> {
    const elsewhere: PastNode[] = [];
    const collect = (node: PastNode, expected: string | null): void => {
      if (node.base !== null && node.base !== expected && !hasOwnPlace(node.base)) elsewhere.push(node);
      for (const [name, child] of node.children ?? []) collect(child, below(node.base, name));
    };
    collect(data, 'data');
    elsewhere.sort((a, b) => depthOf(b) - depthOf(a));
    for (const node of elsewhere) {
      await this.#turn();
      const from = node.base as string;
      const place = from.startsWith('data/')
        ? this.#history.placesFor([from.slice('data/'.length)])?.[0]
        : this.#history.shift(from, this.#above(from));
      const reason = place ? moveAway(this.#directory.root, locate(from), place) : 'NotKept';
      this.#forget();
      if (reason === null && place) rebase(data, from, place.called);
      else this.#fail(from, reason ?? 'NotKept');
    }
  }

  #above(place: string): { place: string; attributes: Attributes } | undefined {
    const above = place.slice(0, place.lastIndexOf('/'));
    const stat = this.#files.stat(above);
    return stat && { place: above, attributes: attributesOf(stat) };
  }

  async #restore(node: PastNode, path: string): Promise<void> {
    const place = path === '' ? 'data' : `data/${path}`;
    await this.#turn();
    const entry = this.#files.entry(node);
    if (node.isLost) this.#fail(path, 'NotKept');
    else if (node.base === place) {
      if (node.attributes && entry) this.#attributes(path, entry);
    } else this.#try(path, () => this.#replace(node, path, entry));
    if (node.children && this.#files.stat(place)?.isDirectory()) {
      await this.#keepFiles(node, path);
      for (const [name, child] of node.children) await this.#restore(child, path === '' ? name : `${path}/${name}`);
    }
  }

  /** What files of a directory are about to take the place of, at once: that is most of the work where many were changed. */
  async #keepFiles(node: PastNode, path: string): Promise<void> {
    const paths: string[] = [];
    for (const [name, { base, children, isDirectory }] of node.children ?? []) {
      if (base?.startsWith('past/') && !children && !isDirectory) paths.push(path === '' ? name : `${path}/${name}`);
    }
    const files = paths.filter((one) => !this.#look.look(one)?.isDirectory());
    for (let from = 0; from < files.length; from += perTurn) {
      this.#history.keepAll(files.slice(from, from + perTurn));
      await nextTurn();
    }
    for (const one of files) this.#kept.add(one);
  }

  #replace(node: PastNode, path: string, entry: PastEntry | undefined): void {
    const now = this.#look.look(path);
    if (entry === undefined) {
      if (node.base !== null) this.#fail(path, 'NotKept');
      else if (now) this.#takeAway(path);
      return;
    }
    if (entry.kind === 'directory') this.#putDirectory(node, path, entry, now !== undefined);
    else if (now?.ino === entry.inode) this.#attributes(path, entry);
    else this.#putFile(path, entry, now);
  }

  /** @returns the place where it is now */
  #takeAway(path: string): string {
    const place = this.#history.placesFor([path])?.[0];
    const reason = place ? moveAway(this.#directory.data, path, place) : 'NotKept';
    if (reason !== null || !place) throw new Error(reason ?? 'NotKept');
    this.#forget();
    this.#changed++;
    return place.called;
  }

  /** Of a directory that took the place of another, what was in both. */
  #noteEqualLooks(before: string, place: string): void {
    for (const [name] of this.#files.children({ base: place })) {
      const now = this.#files.stat(`${place}/${name}`);
      const old = this.#files.stat(`${before}/${name}`);
      if (!now || !old) continue;
      if (now.isDirectory() && old.isDirectory()) this.#noteEqualLooks(`${before}/${name}`, `${place}/${name}`);
      else if (now.isFile() && now.ino !== old.ino && looksEqual(attributesOf(now), attributesOf(old)))
        noteEqualLook(this.#directory, `${place}/${name}`.slice('data/'.length));
    }
  }

  #putDirectory(node: PastNode, path: string, entry: PastEntry, isInTheWay: boolean): void {
    const before = isInTheWay ? this.#takeAway(path) : undefined;
    const { base } = entry;
    if (base === null) {
      this.#history.keepOne(path, false);
      const made = this.#look.pathOf(path);
      if (made) mkdirSync(made, 0o700);
    } else {
      const reason = this.#history.moveIn(base, path, () => this.#rename(locate(base), path));
      if (reason !== null) throw new Error(reason);
      rebase(node, base, `data/${path}`);
      if (before !== undefined) this.#noteEqualLooks(before, `data/${path}`);
    }
    this.#forget();
    this.#changed++;
    this.#directories.push({ path, entry: { ...entry, base: `data/${path}` } });
  }

  #putFile(path: string, entry: PastEntry, now: BigIntStats | undefined): void {
    if (now?.isDirectory()) this.#takeAway(path);
    else if (!this.#kept.delete(path)) this.#history.keepOne(path, false);
    const beside = join(this.#directory.temporary, `past-${process.pid}`);
    linkSync(this.#files.pathOf(entry.base as string), beside);
    try {
      const kept = this.#files.stat(entry.base as string);
      if (kept) setAttributes(Buffer.from(beside), entry, kept);
      const reason = this.#putInPlace(beside, path);
      if (reason !== null) throw new Error(reason);
    } catch (error) {
      unlinkSync(beside);
      throw error;
    }
    if (now && looksEqual(entry, attributesOf(now))) noteEqualLook(this.#directory, path);
    this.#changed++;
  }

  #putInPlace(beside: string, path: string): string | null {
    const place = this.#look.pathOf(path);
    try {
      if (place) renameSync(beside, place);
      return place ? null : 'NotFound';
    } catch (error) {
      // A directory of another's mode has to be opened up for a moment.
      if (errorCode(error) !== 'EACCES') throw error;
      return this.#rename(`${temporaryDirectory}/past-${process.pid}`, path);
    }
  }

  #attributes(path: string, entry: PastEntry): void {
    if (entry.kind === 'directory') this.#directories.push({ path, entry });
    else this.#try(path, () => this.#finish(path, entry));
  }

  #finish(path: string, entry: PastEntry): void {
    const now = this.#look.look(path);
    const at = this.#look.pathOf(path);
    if (!now || !at || hasAttributes(now, entry)) return;
    this.#history.keepOne(path, true);
    setAttributes(at, entry, now);
    this.#changed++;
  }

  /** From below the volume's directory to a path of the replica. @returns null, or why not */
  #rename(from: string, path: string): string | null {
    const { renameat, close } = beneathCalls();
    const fromNames = from.split('/');
    const names = path.split('/');
    const fromName = fromNames.pop() ?? '';
    const name = names.pop() ?? '';
    const source = openBeneath(this.#directory.root, fromNames);
    if (source < 0) return reasonOfErrno(-source);
    const target = openBeneath(this.#directory.data, names);
    try {
      if (target < 0) return reasonOfErrno(-target);
      const move = (): number => (renameat(source, cString(fromName), target, cString(name)) === 0 ? 0 : lastErrno());
      let errno = move();
      if (errno === errnoOf('EACCES')) errno = withWriteAccess(target, name, move);
      return errno === 0 ? null : reasonOfErrno(errno);
    } finally {
      close(source);
      if (target >= 0) close(target);
    }
  }

  /** Directories that were opened may be elsewhere by now. */
  #forget(): void {
    this.#look.close();
    this.#files.close();
  }

  #try(path: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#fail(path, errorCode(error) || errorMessage(error));
    }
  }

  #fail(path: string, reason: string): void {
    this.#failedCount++;
    if (this.#failed.length < toldFailures) this.#failed.push({ path, reason });
  }

  async #turn(): Promise<void> {
    if (++this.#steps % perTurn === 0) await nextTurn();
  }
}

/** To a comparison by size and time. */
const looksEqual = (a: Attributes, b: Attributes): boolean => a.size === b.size && a.mtimeNs === b.mtimeNs;

const hasOwnPlace = (place: string): boolean => place.startsWith('past/') && place.split('/').length === 3;

const depthOf = ({ base }: PastNode): number => (base ?? '').split('/').length;

/** What was found at and below one place is at another now. */
const rebase = (node: PastNode, from: string, to: string): void => {
  if (node.base === from) node.base = to;
  else if (node.base?.startsWith(`${from}/`)) node.base = to + node.base.slice(from.length);
  for (const child of node.children?.values() ?? []) rebase(child, from, to);
};

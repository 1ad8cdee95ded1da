import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode, errorMessage } from '../../../../src/process/failure.ts';
import type { History } from '../history.ts';
import type { RollBackCalls, Seen } from '../history-edges.ts';
import type { Attributes } from '../journal/history-record.ts';
import { attributesOf } from '../keep/look-before.ts';
import type { PastEntry, PastFiles } from '../read/past-files.ts';
import { below, type PastNode, type PastTree } from '../read/past-tree.ts';
import { hasAttributes } from './set-attributes.ts';

/** What is in the way is kept by it. */
export type Keeper = Pick<History, 'placesFor' | 'shift' | 'moveIn' | 'keepAll' | 'keepOne'>;
/** What is at places now. */
export type Places = Pick<PastFiles, 'entry' | 'children'> & { stat(place: string): Seen | undefined };

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
  readonly #calls: RollBackCalls;
  readonly #history: Keeper;
  readonly #files: Places;
  readonly #directories: { readonly path: string; readonly entry: PastEntry }[] = [];
  /** Paths whose present state is kept already. */
  readonly #kept = new Set<string>();
  readonly #failed: { path: string; reason: string }[] = [];
  #failedCount = 0;
  #changed = 0;
  #steps = 0;

  constructor(calls: RollBackCalls, history: Keeper, files: Places) {
    this.#calls = calls;
    this.#history = history;
    this.#files = files;
  }

  async run(tree: PastTree): Promise<RolledBack> {
    try {
      const data = tree.find('data');
      await this.#noteEqualLooks(data);
      await this.#evacuate(data);
      await this.#restore(data, '');
      // The deepest first: what happens in a directory changes its time.
      for (const { path, entry } of this.#directories.reverse()) this.#try(path, () => this.#finish(path, entry));
      return { changed: this.#changed, failed: this.#failed, failedCount: this.#failedCount };
    } finally {
      this.#calls.forget();
    }
  }

  /**
   * Files that are put in their places are told first of all: they may look like the source's, whatever was there just now, and this may be
   * ended at any moment, when who asks again finds them in their places.
   */
  async #noteEqualLooks(data: PastNode): Promise<void> {
    const found: string[] = [];
    const compare = async (node: PastNode, path: string): Promise<void> => {
      await this.#turn();
      const place = path === '' ? 'data' : `data/${path}`;
      const isElsewhere = node.base !== null && node.base !== place;
      const was = isElsewhere ? this.#files.entry(node) : undefined;
      const now = this.#files.stat(place);
      // One that was told of and not sent anew since gets its time, and so its look, back.
      if (was?.kind === 'file' && (now?.ino !== was.inode || now.mtimeNs !== was.mtimeNs)) found.push(path);
      if (isElsewhere && was?.kind !== 'directory') return;
      for (const [name, child] of isElsewhere ? this.#files.children(node) : (node.children ?? []))
        await compare(child, path === '' ? name : `${path}/${name}`);
    };
    await compare(data, '');
    if (found.length > 0) this.#calls.noteEqualLooks(found);
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
      const reason = place ? this.#calls.moveAway(from, place) : 'NotKept';
      this.#calls.forget();
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
    const files = paths.filter((one) => !this.#calls.look(one)?.isDirectory());
    for (let from = 0; from < files.length; from += perTurn) {
      this.#history.keepAll(files.slice(from, from + perTurn));
      await nextTurn();
    }
    for (const one of files) this.#kept.add(one);
  }

  #replace(node: PastNode, path: string, entry: PastEntry | undefined): void {
    const now = this.#calls.look(path);
    if (entry === undefined) {
      if (node.base !== null) this.#fail(path, 'NotKept');
      else if (now) this.#takeAway(path);
      return;
    }
    if (entry.kind === 'directory') this.#putDirectory(node, path, entry, now !== undefined);
    else if (now?.ino === entry.inode) this.#attributes(path, entry);
    else this.#putFile(path, entry, now);
  }

  #takeAway(path: string): void {
    const place = this.#history.placesFor([path])?.[0];
    const reason = place ? this.#calls.moveAway(`data/${path}`, place) : 'NotKept';
    if (reason !== null || !place) throw new Error(reason ?? 'NotKept');
    this.#calls.forget();
    this.#changed++;
  }

  #putDirectory(node: PastNode, path: string, entry: PastEntry, isInTheWay: boolean): void {
    if (isInTheWay) this.#takeAway(path);
    const { base } = entry;
    if (base === null) {
      this.#history.keepOne(path, false);
      this.#calls.makeDirectory(path);
    } else {
      const reason = this.#history.moveIn(base, path, () => this.#calls.moveIn(base, path));
      if (reason !== null) throw new Error(reason);
      rebase(node, base, `data/${path}`);
    }
    this.#calls.forget();
    this.#changed++;
    this.#directories.push({ path, entry: { ...entry, base: `data/${path}` } });
  }

  #putFile(path: string, entry: PastEntry, now: Seen | undefined): void {
    if (now?.isDirectory()) this.#takeAway(path);
    else if (!this.#kept.delete(path)) this.#history.keepOne(path, false);
    this.#calls.putFile(entry.base as string, entry, path);
    this.#changed++;
  }

  #attributes(path: string, entry: PastEntry): void {
    if (entry.kind === 'directory') this.#directories.push({ path, entry });
    else this.#try(path, () => this.#finish(path, entry));
  }

  #finish(path: string, entry: PastEntry): void {
    const now = this.#calls.look(path);
    if (!now || hasAttributes(now, entry)) return;
    this.#history.keepOne(path, true);
    this.#calls.setAttributes(path, entry, now);
    this.#changed++;
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

const hasOwnPlace = (place: string): boolean => place.startsWith('past/') && place.split('/').length === 3;

const depthOf = ({ base }: PastNode): number => (base ?? '').split('/').length;

/** What was found at and below one place is at another now. */
const rebase = (node: PastNode, from: string, to: string): void => {
  if (node.base === from) node.base = to;
  else if (node.base?.startsWith(`${from}/`)) node.base = to + node.base.slice(from.length);
  for (const child of node.children?.values() ?? []) rebase(child, from, to);
};

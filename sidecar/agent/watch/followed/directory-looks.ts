import { type EntryType, readEntries } from '../../../../src/process/system/directory-entries.ts';
import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import type { WatchCalls } from '../inotify/libc.ts';
import type { NotWatchedReason } from '../not-watched.ts';
import type { Arrival, DirectoryFindings } from './directory-findings.ts';
import { DirectoryOpener, misplaced } from './open-directory.ts';
import { classifyWatchErrno, notWatchedReasons, rescanReason, type Unwatched } from './watch-error.ts';
import { type DirectoryNode, WatchTree } from './watch-tree.ts';

/**
 * How a directory is looked at.
 * - `quiet`: part of the first walk, nothing is told of what it holds;
 * - an arrival: what it holds is told, if it wasn't watched before;
 * - `rewalk`: events may have been missed here and below: new directories are told, vanished ones dropped;
 * - `check`: as `rewalk`, of this directory alone, and what is new was missed: nothing is known of it.
 */
export type Look = 'quiet' | Arrival | 'rewalk' | 'check';

/** A directory with more entries is told as one to look at: what is told is held in memory. */
const manyEntries = 10_000;
const entryBufferBytes = 64 * 1024;

export interface DirectoryLooksOptions {
  readonly calls: WatchCalls;
  readonly inotify: number;
  /** Absolute, a binary string. */
  readonly root: string;
  readonly filter: Filter;
  readonly masks: { readonly root: number; readonly below: number };
  readonly findings: DirectoryFindings;
  /** See SourceOptions. */
  readonly isInMount?: ((path: RelPath) => boolean) | undefined;
}

/** Looks at directories where the tree has them: proves which one is there now, watches it, and reads what it holds. */
export class DirectoryLooks {
  readonly tree = new WatchTree();
  /** Directories without a watch, and why. */
  readonly unwatched = new Map<DirectoryNode, Unwatched>();
  /** Directories that could not be found where they should be: looked at again once more events have been applied. */
  readonly misplaced = new Set<DirectoryNode>();
  readonly #options: DirectoryLooksOptions;
  readonly #opener: DirectoryOpener;
  readonly #entries = Buffer.allocUnsafeSlow(entryBufferBytes);
  readonly #queue: { node: DirectoryNode; look: Look }[] = [];
  #next = 0;

  constructor(options: DirectoryLooksOptions) {
    this.#options = options;
    const watch = (descriptor: number, isRoot: boolean) => this.#addWatch(descriptor, isRoot);
    this.#opener = new DirectoryOpener(options.calls, this.tree, options.root, watch, (wd) => this.#removeWatch(wd));
  }

  /** Directories whose events don't come, or may not yet, and why. */
  *notWatched(): Generator<readonly [RelPath, NotWatchedReason]> {
    for (const [node, why] of this.unwatched) yield [this.tree.pathOf(node), notWatchedReasons[why]];
    for (const node of this.misplaced) yield [this.tree.pathOf(node), 'Walking'];
    for (let at = this.#next; at < this.#queue.length; at++) {
      const { node } = this.#queue[at] as { node: DirectoryNode };
      if (node.attached) yield [this.tree.pathOf(node), 'Walking'];
    }
  }

  enqueue(node: DirectoryNode, look: Look): void {
    this.#queue.push({ node, look });
  }

  forgetQueue(): void {
    this.#queue.length = 0;
    this.#next = 0;
  }

  /** Works on what is queued for about `ms`; answers whether there is more. */
  work(ms: number): boolean {
    const until = performance.now() + ms;
    for (let done = 1; this.#next < this.#queue.length; done++) {
      const { node, look } = this.#queue[this.#next++] as { node: DirectoryNode; look: Look };
      if (node.attached) this.look(node, look, 'detach');
      if (done % 16 === 0 && performance.now() > until) break;
    }
    this.release();
    if (this.#next < this.#queue.length) return true;
    this.forgetQueue();
    return false;
  }

  /** To be called before control goes back to the event loop; see DirectoryOpener. */
  release(): void {
    this.#opener.release();
  }

  /** Whether the directory that is now at a name is the one that is watched as `wd`. */
  isAt(parent: DirectoryNode, name: string, wd: number): boolean {
    return wd !== -1 && this.#opener.isAt(this.tree.pathIn(parent, name), wd);
  }

  look(node: DirectoryNode, look: Look, ifGone: 'detach' | 'keep'): number {
    const descriptor = this.#opener.open(node);
    if (descriptor === misplaced) {
      if (node.parent !== undefined) this.misplaced.add(node.parent);
      if (look === 'rewalk' || look === 'check') this.misplaced.add(node);
      else if (ifGone === 'detach') this.detach(node);
      return 0;
    }
    if (descriptor < 0) return this.#fail(node, descriptor, ifGone);
    const wd = this.#addWatch(descriptor, node.parent === undefined);
    const errno = wd < 0 ? this.#fail(node, wd, ifGone) : this.#lookInside(node, look, descriptor, wd);
    this.#options.calls.close(descriptor);
    return errno;
  }

  detach(node: DirectoryNode): void {
    this.tree.detach(node, (leaving, wd) => {
      if (wd !== -1) this.#removeWatch(wd);
      this.unwatched.delete(leaving);
      this.misplaced.delete(leaving);
    });
  }

  #lookInside(node: DirectoryNode, look: Look, descriptor: number, wd: number): number {
    if (wd === node.wd) {
      this.unwatched.delete(node);
      return look === 'rewalk' || look === 'check' ? this.#read(node, look, descriptor, false) : 0;
    }
    const known = this.tree.nodeOf(wd);
    if (known !== undefined) {
      this.#meet(node, known, wd, look);
      return 0;
    }
    const isAnother = node.wd !== -1;
    if (isAnother) this.#clear(node);
    this.unwatched.delete(node);
    this.tree.bind(node, wd);
    const errno = this.#read(node, look, descriptor, look !== 'quiet');
    if (isAnother || look === 'check') this.#tellAnother(this.tree.pathOf(node));
    return errno;
  }

  /** A file system that comes or goes takes nothing with it that was deleted: what is missing then is found, and judged. */
  #tellAnother(path: RelPath): void {
    const { findings, isInMount } = this.#options;
    if (isInMount?.(path)) findings.rescan(path, 'unreadable');
    else findings.replaced(path, true);
  }

  #read(node: DirectoryNode, look: Look, descriptor: number, tell: boolean): number {
    const { calls, filter, findings } = this.#options;
    const arrival: Arrival = look === 'moved-in' ? 'moved-in' : 'created';
    const again = look === 'rewalk' || look === 'check';
    const before = again && node.children !== undefined ? new Set(node.children.values()) : undefined;
    const path = this.tree.pathOf(node);
    let told = 0;
    const tellOf = (at: RelPath, type: EntryType): void => {
      if (told++ < manyEntries) findings.found(at, type, arrival);
    };
    const errno = readEntries(calls, descriptor, this.#entries, tell ? 'all' : 'directories', (name, type) => {
      const at = path === '' ? name : `${path}/${name}`;
      if (type === 'file' || type === 'other') return tellOf(at, type);
      if (filter.canSkipDirectory(at)) return type === 'unknown' && tell ? tellOf(at, type) : undefined;
      const known = node.children?.get(name);
      if (known !== undefined) {
        before?.delete(known);
        if (look !== 'check') this.enqueue(known, look === 'rewalk' ? 'rewalk' : 'created');
        return;
      }
      if (look !== 'quiet' && look !== 'check') tellOf(at, type);
      this.enqueue(this.tree.attach(node, name), again || look === 'quiet' ? look : arrival);
    });
    if (told > manyEntries) findings.rescan(path, arrival === 'moved-in' ? 'moved-in' : 'new-directory');
    if (errno < 0) return this.#fail(node, errno, 'keep');
    if (before !== undefined) for (const gone of before) this.detach(gone);
    return 0;
  }

  /** The directory at `node` is already watched under another path. */
  #meet(node: DirectoryNode, known: DirectoryNode, wd: number, look: Look): void {
    if (this.tree.isWithin(node, known) || this.#opener.isAt(this.tree.pathOf(known), wd)) {
      // One directory at two places (a bind mount): its events come under the first name only.
      this.#leaveUnwatched(node, 'seen-twice');
      return;
    }
    const { parent, name } = node;
    if (parent === undefined) return;
    if (this.tree.isWithin(known, node)) {
      this.detach(known);
      this.look(node, 'moved-in', 'detach');
      return;
    }
    const { parent: formerParent, name: formerName } = known;
    this.detach(node);
    this.tree.move(known, parent, name);
    // Where events were lost nothing else tells of that rename, nor of what it replaced, nor of what has the former name.
    const isLost = look === 'rewalk' || look === 'check';
    if (isLost) {
      this.#options.findings.replaced(this.tree.pathOf(known), true);
      if (formerParent?.attached && !formerParent.children?.has(formerName)) {
        this.#options.findings.replaced(this.tree.pathIn(formerParent, formerName), true);
        this.enqueue(this.tree.attach(formerParent, formerName), 'rewalk');
      }
    } else this.#options.findings.rescan(this.tree.pathOf(known), 'moved-in');
    // Nobody else looks into it any more: it left the place where it would have been looked for.
    if (isLost || this.#options.filter.dependsOnLocation) this.enqueue(known, 'rewalk');
  }

  #fail(node: DirectoryNode, errno: number, ifGone: 'detach' | 'keep'): number {
    const problem = classifyWatchErrno(-errno);
    if (problem !== 'gone') this.#leaveUnwatched(node, problem);
    else if (ifGone === 'detach' && node.parent !== undefined) this.detach(node);
    return errno;
  }

  #leaveUnwatched(node: DirectoryNode, why: Unwatched): void {
    if (this.unwatched.get(node) === why) return;
    this.unwatched.set(node, why);
    this.#options.findings.rescan(this.tree.pathOf(node), rescanReason(why));
  }

  #addWatch(descriptor: number, isRoot: boolean): number {
    const { calls, inotify, masks } = this.#options;
    return calls.addWatch(inotify, descriptor, isRoot ? masks.root : masks.below);
  }

  #removeWatch(wd: number): void {
    this.#options.calls.removeWatch(this.#options.inotify, wd);
  }

  /** Forgets the watch and all below, not the directory's name. */
  #clear(node: DirectoryNode): void {
    for (const child of [...(node.children?.values() ?? [])]) this.detach(child);
    const wd = node.wd;
    this.tree.unbind(node);
    this.#removeWatch(wd);
  }
}

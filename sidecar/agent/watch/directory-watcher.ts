import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';
import { type EntryType, readEntries } from './directory-entries.ts';
import type { Arrival, DirectoryFindings } from './directory-findings.ts';
import type { WatchCalls } from './libc.ts';
import type { NotWatchedReason } from './not-watched.ts';
import { DirectoryOpener, misplaced } from './open-directory.ts';
import { classifyWatchErrno, notWatchedReasons, rescanReason, type Unwatched } from './watch-error.ts';
import { type DirectoryNode, WatchTree } from './watch-tree.ts';

/**
 * How a directory is looked at.
 * - `quiet`: part of the first walk, nothing is told of what it holds;
 * - an arrival: what it holds is told, if it wasn't watched before;
 * - `rewalk`: events may have been missed here and below: new directories are told, vanished ones dropped.
 */
type Look = 'quiet' | Arrival | 'rewalk';

/** A directory with more entries is told as one to look at: what is told is held in memory. */
const manyEntries = 10_000;
/** From here on one look at everything is less than one for each. */
const manyUnwatched = 32;
const entryBufferBytes = 64 * 1024;

/**
 * Keeps one watch on every directory below the root. Each event on a directory's name makes it look at what is there
 * now, so the tree is right after the last event whatever came before: what is at a name is proven, never assumed.
 */
export class DirectoryWatcher {
  readonly tree = new WatchTree();
  /** Directories without a watch, and why. */
  readonly #unwatched = new Map<DirectoryNode, Unwatched>();
  readonly #calls: WatchCalls;
  readonly #inotify: number;
  readonly #filter: Filter;
  readonly #findings: DirectoryFindings;
  readonly #opener: DirectoryOpener;
  readonly #masks: { readonly root: number; readonly below: number };
  readonly #entries = Buffer.allocUnsafeSlow(entryBufferBytes);
  readonly #queue: { node: DirectoryNode; look: Look }[] = [];
  #next = 0;
  /** Directories that could not be found where they should be: looked at again once more events have been applied. */
  readonly #misplaced = new Set<DirectoryNode>();

  constructor(options: {
    readonly calls: WatchCalls;
    readonly inotify: number;
    readonly root: string;
    readonly filter: Filter;
    readonly masks: { readonly root: number; readonly below: number };
    readonly findings: DirectoryFindings;
  }) {
    this.#calls = options.calls;
    this.#inotify = options.inotify;
    this.#filter = options.filter;
    this.#masks = options.masks;
    this.#findings = options.findings;
    const watch = (descriptor: number, isRoot: boolean) => this.#addWatch(descriptor, isRoot);
    this.#opener = new DirectoryOpener(this.#calls, this.tree, options.root, watch, (wd) => this.#removeWatch(wd));
  }

  /** Directories whose events don't come, or may not yet, and why. */
  *notWatched(): Generator<readonly [RelPath, NotWatchedReason]> {
    for (const [node, why] of this.#unwatched) yield [this.tree.pathOf(node), notWatchedReasons[why]];
    for (const node of this.#misplaced) yield [this.tree.pathOf(node), 'Walking'];
    for (let at = this.#next; at < this.#queue.length; at++) {
      const { node } = this.#queue[at] as { node: DirectoryNode };
      if (node.attached) yield [this.tree.pathOf(node), 'Walking'];
    }
  }

  /** Watches the root and queues all below; answers 0 or a negated errno. */
  start(): number {
    const errno = this.#look(this.tree.root, 'quiet', 'keep');
    this.#opener.release();
    return errno;
  }

  /** Works on what is queued for about `ms`; answers whether there is more. Call it after each batch of events. */
  work(ms: number): boolean {
    const until = performance.now() + ms;
    for (let done = 1; this.#next < this.#queue.length; done++) {
      const { node, look } = this.#queue[this.#next++] as { node: DirectoryNode; look: Look };
      if (node.attached) this.#look(node, look, 'detach');
      if (done % 16 === 0 && performance.now() > until) break;
    }
    this.#opener.release();
    if (this.#next < this.#queue.length) return true;
    this.#queue.length = 0;
    this.#next = 0;
    return false;
  }

  /** A directory's name appeared. */
  appeared(parent: DirectoryNode, name: string, arrival: Arrival): void {
    if (!parent.attached || this.#filter.canSkipDirectory(this.tree.pathIn(parent, name))) return;
    this.#look(parent.children?.get(name) ?? this.tree.attach(parent, name), arrival, 'detach');
  }

  /** A directory's name went, by rmdir or by a rename to where we don't see. */
  vanished(parent: DirectoryNode, name: string): void {
    const node = parent.children?.get(name);
    if (node === undefined) return;
    // It may be a newer directory of that name that we already watch: its end is not this event.
    const wd = node.wd;
    this.#look(node, 'created', 'detach');
    if (node.attached && node.wd === wd) this.#findings.rescan(this.tree.pathOf(node), 'new-directory');
  }

  /** A directory was renamed, both names in sight. */
  moved(from: DirectoryNode, fromName: string, to: DirectoryNode, toName: string): void {
    const node = from.children?.get(fromName);
    const skip = this.#filter.canSkipDirectory(this.tree.pathIn(to, toName));
    if (node === undefined || skip || this.tree.isWithin(to, node)) {
      if (node !== undefined) this.vanished(from, fromName);
      if (!skip) this.appeared(to, toName, 'moved-in');
      return;
    }
    const replaced = to.children?.get(toName);
    if (replaced !== undefined && replaced !== node) this.#detach(replaced);
    this.tree.move(node, to, toName);
    // Not there any more: it was renamed again, and that event is to come.
    this.#look(node, 'moved-in', 'keep');
    if (this.#filter.dependsOnLocation && node.attached) {
      this.#enqueue(node, 'rewalk');
      this.#findings.rescan(this.tree.pathOf(node), 'moved-in');
    }
  }

  /** The kernel dropped the watch by itself: the directory ended or its file system was unmounted. */
  ignored(node: DirectoryNode): void {
    this.tree.unbind(node);
    this.#look(node, 'created', 'detach');
    if (node.attached && node.wd !== -1) this.#findings.rescan(this.tree.pathOf(node), 'new-directory');
  }

  /** Events were lost: looks at every directory again. */
  rewalk(): void {
    this.#queue.length = 0;
    this.#next = 0;
    this.#enqueue(this.tree.root, 'rewalk');
  }

  /** A directory that could not be watched may be watchable now. */
  retry(node: DirectoryNode): void {
    const why = this.#unwatched.get(node);
    if (why === undefined) return;
    this.#look(node, 'created', 'detach');
    if (node.attached && !this.#unwatched.has(node)) this.#findings.rescan(this.tree.pathOf(node), rescanReason(why));
  }

  /** Tries all again. What a limit still keeps from being watched is looked at as a whole instead, each time. */
  retryUnwatched(): void {
    for (const node of [...this.#unwatched.keys()]) this.retry(node);
    const limited = [...this.#unwatched].filter(([, why]) => why !== 'unreadable');
    if (limited.length > manyUnwatched) this.#findings.rescan('', 'watch-limit');
    else for (const [node] of limited) this.#findings.rescan(this.tree.pathOf(node), 'watch-limit');
    this.#opener.release();
  }

  /** Call it after events were applied: what was misplaced may have arrived where the tree now says. */
  retryMisplaced(): void {
    const nodes = [...this.#misplaced];
    this.#misplaced.clear();
    for (const node of nodes) {
      if (!node.attached) continue;
      const errno = this.#look(node, 'rewalk', 'keep');
      if (errno < 0 && !this.#unwatched.has(node)) this.#misplaced.add(node);
      if (!this.#misplaced.has(node) && node.attached) this.#findings.rescan(this.tree.pathOf(node), 'moved-in');
    }
    this.#opener.release();
  }

  get hasMisplaced(): boolean {
    return this.#misplaced.size > 0;
  }

  #look(node: DirectoryNode, look: Look, ifGone: 'detach' | 'keep'): number {
    const descriptor = this.#opener.open(node);
    if (descriptor === misplaced) {
      if (node.parent !== undefined) this.#misplaced.add(node.parent);
      if (look === 'rewalk') this.#misplaced.add(node);
      else if (ifGone === 'detach') this.#detach(node);
      return 0;
    }
    if (descriptor < 0) return this.#fail(node, descriptor, ifGone);
    const wd = this.#addWatch(descriptor, node.parent === undefined);
    const errno = wd < 0 ? this.#fail(node, wd, ifGone) : this.#lookInside(node, look, descriptor, wd);
    this.#calls.close(descriptor);
    return errno;
  }

  #lookInside(node: DirectoryNode, look: Look, descriptor: number, wd: number): number {
    if (wd === node.wd) {
      this.#unwatched.delete(node);
      return look === 'rewalk' ? this.#read(node, look, descriptor, false) : 0;
    }
    const known = this.tree.nodeOf(wd);
    if (known !== undefined) {
      this.#meet(node, known, wd);
      return 0;
    }
    const replaced = node.wd !== -1;
    if (replaced) this.#clear(node);
    this.#unwatched.delete(node);
    this.tree.bind(node, wd);
    const errno = this.#read(node, look, descriptor, look !== 'quiet');
    if (replaced) this.#findings.rescan(this.tree.pathOf(node), 'new-directory');
    return errno;
  }

  #read(node: DirectoryNode, look: Look, descriptor: number, tell: boolean): number {
    const arrival: Arrival = look === 'moved-in' ? 'moved-in' : 'created';
    const before = look === 'rewalk' && node.children !== undefined ? new Set(node.children.values()) : undefined;
    const path = this.tree.pathOf(node);
    let told = 0;
    const tellOf = (at: RelPath, type: EntryType): void => {
      if (told++ < manyEntries) this.#findings.found(at, type, arrival);
    };
    const errno = readEntries(this.#calls, descriptor, this.#entries, tell ? 'all' : 'directories', (name, type) => {
      const at = path === '' ? name : `${path}/${name}`;
      if (type === 'file' || type === 'other') return tellOf(at, type);
      if (this.#filter.canSkipDirectory(at)) return type === 'unknown' && tell ? tellOf(at, type) : undefined;
      const known = node.children?.get(name);
      if (known !== undefined) {
        before?.delete(known);
        this.#enqueue(known, look === 'rewalk' ? 'rewalk' : 'created');
        return;
      }
      if (look !== 'quiet') tellOf(at, type);
      this.#enqueue(this.tree.attach(node, name), look === 'quiet' ? 'quiet' : arrival);
    });
    if (told > manyEntries) this.#findings.rescan(path, arrival === 'moved-in' ? 'moved-in' : 'new-directory');
    if (errno < 0) return this.#fail(node, errno, 'keep');
    if (before !== undefined) for (const gone of before) this.#detach(gone);
    return 0;
  }

  /** The directory at `node` is already watched under another path. */
  #meet(node: DirectoryNode, known: DirectoryNode, wd: number): void {
    if (this.tree.isWithin(node, known) || this.#opener.isAt(known, wd)) {
      // One directory at two places (a bind mount): its events come under the first name only.
      this.#leaveUnwatched(node, 'seen-twice');
      return;
    }
    const { parent, name } = node;
    if (parent === undefined) return;
    if (this.tree.isWithin(known, node)) {
      this.#detach(known);
      this.#look(node, 'moved-in', 'detach');
      return;
    }
    this.#detach(node);
    this.tree.move(known, parent, name);
    this.#findings.rescan(this.tree.pathOf(known), 'moved-in');
    if (this.#filter.dependsOnLocation) this.#enqueue(known, 'rewalk');
  }

  #fail(node: DirectoryNode, errno: number, ifGone: 'detach' | 'keep'): number {
    const problem = classifyWatchErrno(-errno);
    if (problem !== 'gone') this.#leaveUnwatched(node, problem);
    else if (ifGone === 'detach' && node.parent !== undefined) this.#detach(node);
    return errno;
  }

  #leaveUnwatched(node: DirectoryNode, why: Unwatched): void {
    if (this.#unwatched.get(node) === why) return;
    this.#unwatched.set(node, why);
    this.#findings.rescan(this.tree.pathOf(node), rescanReason(why));
  }

  #enqueue(node: DirectoryNode, look: Look): void {
    this.#queue.push({ node, look });
  }

  #addWatch(descriptor: number, isRoot: boolean): number {
    return this.#calls.addWatch(this.#inotify, descriptor, isRoot ? this.#masks.root : this.#masks.below);
  }

  #removeWatch(wd: number): void {
    this.#calls.removeWatch(this.#inotify, wd);
  }

  /** Forgets the watch and all below, not the directory's name. */
  #clear(node: DirectoryNode): void {
    for (const child of [...(node.children?.values() ?? [])]) this.#detach(child);
    const wd = node.wd;
    this.tree.unbind(node);
    this.#removeWatch(wd);
  }

  #detach(node: DirectoryNode): void {
    this.tree.detach(node, (leaving, wd) => {
      if (wd !== -1) this.#removeWatch(wd);
      this.#unwatched.delete(leaving);
      this.#misplaced.delete(leaving);
    });
  }
}

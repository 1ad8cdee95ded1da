import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import type { Arrival, DirectoryFindings } from './directory-findings.ts';
import { DirectoryLooks, type DirectoryLooksOptions } from './directory-looks.ts';
import { rescanReason } from './watch-error.ts';
import type { DirectoryNode, WatchTree } from './watch-tree.ts';

/**
 * Keeps one watch on every directory below the root. Each event on a directory's name makes it look at what is there
 * now, so the tree is right after the last event whatever came before: what is at a name is proven, never assumed.
 */
export class DirectoryWatcher {
  readonly tree: WatchTree;
  readonly #looks: DirectoryLooks;
  readonly #filter: Filter;
  readonly #findings: DirectoryFindings;
  /** Directories that a check goes on with. */
  #unchecked: DirectoryNode[] = [];

  constructor(options: DirectoryLooksOptions) {
    this.#looks = new DirectoryLooks(options);
    this.tree = this.#looks.tree;
    this.#filter = options.filter;
    this.#findings = options.findings;
  }

  /** Directories whose events don't come, or may not yet, and why. */
  notWatched(): ReturnType<DirectoryLooks['notWatched']> {
    return this.#looks.notWatched();
  }

  /** Watches the root and queues all below; answers 0 or a negated errno. */
  start(): number {
    const errno = this.#looks.look(this.tree.root, 'quiet', 'keep');
    this.#looks.release();
    return errno;
  }

  /** Works on what is queued for about `ms`; answers whether there is more. Call it after each batch of events. */
  work(ms: number): boolean {
    return this.#looks.work(ms);
  }

  /** A directory's name appeared. */
  appeared(parent: DirectoryNode, name: string, arrival: Arrival): void {
    if (!parent.attached || this.#filter.canSkipDirectory(this.tree.pathIn(parent, name))) return;
    this.#looks.look(parent.children?.get(name) ?? this.tree.attach(parent, name), arrival, 'detach');
  }

  /** A directory's name went, by rmdir or by a rename to where we don't see. */
  vanished(parent: DirectoryNode, name: string): void {
    const node = parent.children?.get(name);
    if (node === undefined) return;
    // It may be a newer directory of that name that we already watch: its end is not this event.
    const wd = node.wd;
    this.#looks.look(node, 'created', 'detach');
    if (node.attached && node.wd === wd) this.#findings.rescan(this.tree.pathOf(node), 'new-directory');
  }

  /**
   * Two names of directories were exchanged (RENAME_EXCHANGE comes as two renames, there and back): what is at one of
   * them is what we have at the other, or both are as we have them already.
   */
  isExchange(from: DirectoryNode, fromName: string, to: DirectoryNode, toName: string): boolean {
    const node = from.children?.get(fromName);
    const other = to.children?.get(toName);
    if (node === undefined || other === undefined || node === other) return false;
    const swapped = this.#looks.isAt(from, fromName, other.wd);
    return swapped || this.#looks.isAt(to, toName, other.wd);
  }

  /** Call it where `isExchange` says so. */
  exchanged(from: DirectoryNode, fromName: string, to: DirectoryNode, toName: string): void {
    const node = from.children?.get(fromName);
    const other = to.children?.get(toName);
    if (node === undefined || other === undefined || !this.#looks.isAt(from, fromName, other.wd)) return;
    this.tree.exchange(node, other);
    for (const moved of [node, other]) {
      this.#looks.look(moved, 'moved-in', 'keep');
      if (this.#filter.dependsOnLocation && moved.attached) this.#looks.enqueue(moved, 'rewalk');
    }
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
    if (replaced !== undefined && replaced !== node) this.#looks.detach(replaced);
    this.tree.move(node, to, toName);
    // Not there any more: it was renamed again, and that event is to come.
    this.#looks.look(node, 'moved-in', 'keep');
    if (this.#filter.dependsOnLocation && node.attached) {
      this.#looks.enqueue(node, 'rewalk');
      this.#findings.rescan(this.tree.pathOf(node), 'moved-in');
    }
    // The other half of an exchange may have the old name.
    this.appeared(from, fromName, 'moved-in');
    const other = from.children?.get(fromName);
    if (other !== undefined && other !== node) this.#findings.replaced(this.tree.pathOf(other), true);
  }

  /** The kernel dropped the watch by itself: the directory ended or its file system was unmounted. */
  ignored(node: DirectoryNode): void {
    this.tree.unbind(node);
    this.#looks.look(node, 'created', 'detach');
    if (node.attached && node.wd !== -1) this.#findings.rescan(this.tree.pathOf(node), 'new-directory');
  }

  /** Events were lost: looks at every directory again. */
  rewalk(): void {
    this.#looks.forgetQueue();
    this.#looks.enqueue(this.tree.root, 'rewalk');
  }

  /** Begins to look whether the tree still is what is there. */
  startCheck(): void {
    this.#unchecked = [this.tree.root];
  }

  /** Goes on with that for about `ms`; answers whether there is more. What it finds is mended, and told as another thing. */
  check(ms: number): boolean {
    const until = performance.now() + ms;
    for (let node = this.#unchecked.pop(); node !== undefined; node = this.#unchecked.pop()) {
      if (!node.attached || this.#looks.misplaced.has(node)) continue;
      this.#looks.look(node, 'check', 'detach');
      if (node.children !== undefined) for (const child of node.children.values()) this.#unchecked.push(child);
      if (performance.now() > until) break;
    }
    this.#looks.release();
    return this.#unchecked.length > 0;
  }

  /** A directory that could not be watched, or looked into, may be now. */
  retry(node: DirectoryNode): void {
    const { unwatched } = this.#looks;
    const why = unwatched.get(node);
    if (why === undefined) return;
    // One that has its watch was not read when it had to be.
    this.#looks.look(node, node.wd === -1 ? 'created' : 'rewalk', 'detach');
    if (node.attached && !unwatched.has(node)) this.#findings.rescan(this.tree.pathOf(node), rescanReason(why));
  }

  /** Tries all again. */
  retryUnwatched(): void {
    for (const node of [...this.#looks.unwatched.keys()]) this.retry(node);
    this.#looks.release();
  }

  /** Directories that may be read and have no watch. */
  limited(): RelPath[] {
    return [...this.#looks.unwatched].filter(([, why]) => why !== 'unreadable').map(([node]) => this.tree.pathOf(node));
  }

  /** Call it after events were applied: what was misplaced may have arrived where the tree now says. */
  retryMisplaced(): void {
    const { misplaced, unwatched } = this.#looks;
    const nodes = [...misplaced];
    misplaced.clear();
    for (const node of nodes) {
      if (!node.attached) continue;
      const errno = this.#looks.look(node, 'rewalk', 'keep');
      if (errno < 0 && !unwatched.has(node)) misplaced.add(node);
      if (!misplaced.has(node) && node.attached) this.#findings.rescan(this.tree.pathOf(node), 'moved-in');
    }
    this.#looks.release();
  }

  get hasMisplaced(): boolean {
    return this.#looks.misplaced.size > 0;
  }
}

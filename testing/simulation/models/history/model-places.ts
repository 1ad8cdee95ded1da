import { parentOf } from '../../../../sidecar/agent/changes/paths.ts';
import type { KeepCalls, RollBackCalls, Seen } from '../../../../sidecar/receiver/history/history-edges.ts';
import type { Attributes } from '../../../../sidecar/receiver/history/journal/history-record.ts';
import { childrenOf, entryOf } from '../../../../sidecar/receiver/history/read/past-files.ts';
import type { Places } from '../../../../sidecar/receiver/history/roll-back/roll-back.ts';
import { makeParents } from '../copies.ts';
import { type DirectoryInode, type Inode, sizeOf } from '../inode.ts';
import type { Done } from '../rename-rules.ts';
import { removeDown } from '../rsync/target-side.ts';
import { copyTree, putBack, type Tree } from '../tree-snapshot.ts';
import { Volume } from '../volume.ts';
import { bytesBelow } from '../walk-down.ts';

const beside = 'beside';
const typeBits = { directory: 0o040000, file: 0o100000, symlink: 0o120000, fifo: 0o010000, socket: 0o140000 } as const;

/**
 * What is on a receiver's volume by the names that journals use: the replica below `data`, what is kept of it below `past` and `kept`. Before each
 * thing that it does it asks whether the process still lives, which may end between any two.
 */
export class ModelPlaces {
  readonly data: Volume;
  /** Files that a comparison by size and time would not see. */
  readonly equalLooks = new Set<string>();
  /** Files that were given another time for that, which their kept names have too: see docs/proof.md. */
  readonly shown = new WeakSet<Inode>();
  readonly #all: Volume;
  readonly #live: () => void;

  constructor(data: Volume, now: () => number, live: () => void) {
    this.data = data;
    this.#live = live;
    this.#all = new Volume({ now, device: data.device });
    this.#all.root.children.set('data', data.root);
    this.#all.mkdir('past');
    this.#all.mkdir('kept');
  }

  readonly keeping: KeepCalls = {
    look: () => ({ look: (path) => this.#seen(placeOf(path)), close: () => {} }),
    keepFile: (path, _look, segment, number) =>
      this.#do((all) => all.link(`data/${path}`, `past/${segment.name}/${number}`), ['ENOENT']),
    moveAway: (path, { name }) => this.#do((all) => all.rename(`data/${path}`, name), ['ENOENT', 'ENOTDIR']),
  };

  readonly rollingBack: RollBackCalls = {
    look: (path) => this.#seen(placeOf(path)),
    forget: () => {},
    moveAway: (place, { name }) => this.#do((all) => all.rename(place, name), ['ENOENT', 'ENOTDIR']),
    moveIn: (place, path) => this.#do((all) => all.rename(place, `data/${path}`)),
    makeDirectory: (path) => void this.#do((all) => all.mkdir(`data/${path}`, 0o700)),
    putFile: (place, attributes, path) => this.#putFile(place, attributes, path),
    setAttributes: (path, attributes) => this.#setAttributes(placeOf(path), attributes),
    noteEqualLooks: (paths) => {
      this.#live();
      for (const path of paths) this.equalLooks.add(path);
    },
  };

  readonly now: Places = {
    stat: (place) => this.#seen(place),
    entry: (node) => entryOf(node, node.base === null ? undefined : this.#seen(node.base)),
    children: (node) => childrenOf(node, node.base === null ? [] : this.names(node.base)),
  };

  makeSegment(name: string): void {
    this.#live();
    this.#all.mkdir(`past/${name}`);
  }

  /** For a mass of deletions. */
  makeMass(id: string): void {
    this.#all.mkdir(`kept/${id}`);
    this.#all.mkdir(`kept/${id}/entries`);
  }

  /** All that is at and below a place goes. */
  remove(place: string): void {
    removeDown(this.#all, place);
  }

  /** A directory of our own goes to another place. */
  take(place: string, to: string): Done {
    return this.#all.rename(place, to);
  }

  /** As `putBack` puts one entry of a mass back. */
  putBackIn(place: string, path: string): string | null {
    this.#live();
    if (this.data.readOnly) return 'ReadOnly';
    if (this.#all.get(place) === undefined) return 'NotKept';
    makeParents(this.data, path);
    if (this.data.directory(parentOf(path)) === undefined || this.data.get(path) !== undefined) return 'Taken';
    const done = this.#all.rename(place, `data/${path}`);
    return done === 'ok' ? null : done;
  }

  /** What a place takes. */
  bytes(place: string): number {
    const directory = this.#all.directory(place);
    return directory === undefined ? 0 : bytesBelow(directory);
  }

  at(place: string): Inode | undefined {
    return this.#all.get(place);
  }

  /** What is in a directory. */
  names(place: string): string[] {
    return [...(this.#all.directory(place)?.children.keys() ?? [])];
  }

  /** What a new process takes away. */
  clearLeftovers(): void {
    this.#all.unlink(beside);
  }

  /** Moves what is in the replica to a place. */
  moveOut(path: string, place: string): Done {
    this.#live();
    return this.data.readOnly ? 'EROFS' : this.#all.rename(`data/${path}`, place);
  }

  copy(): Tree {
    return copyTree(this.#all.root);
  }

  putBack(tree: Tree): void {
    const { root } = this.data;
    putBack(this.#all.root, tree);
    const data = this.#all.root.children.get('data') as DirectoryInode;
    const { mode, mtime, ctime, children } = data;
    Object.assign(root, { mode, mtime, ctime });
    root.children.clear();
    for (const [name, inode] of children) {
      root.children.set(name, inode);
      for (const own of inode.names) if (own.directory === data) own.directory = root;
    }
    this.#all.root.children.set('data', root);
  }

  /** Gives such files another time. */
  showEqualLooks(): void {
    for (const path of this.equalLooks) {
      const inode = this.data.get(path);
      if (inode?.type !== 'file') continue;
      inode.mtime -= 1_000;
      this.shown.add(inode);
    }
    this.equalLooks.clear();
  }

  #do(work: (all: Volume) => Done, fine: readonly Done[] = []): string | null {
    this.#live();
    if (this.data.readOnly) return 'ReadOnly';
    const done = work(this.#all);
    return done === 'ok' || fine.includes(done) ? null : done;
  }

  #putFile(place: string, attributes: Attributes, path: string): void {
    const linked = this.#do((all) => all.link(place, beside));
    if (linked !== null) throw new Error(linked);
    this.#setAttributes(beside, attributes);
    const done = this.#do((all) => all.rename(beside, `data/${path}`));
    if (done === null) return;
    this.#all.unlink(beside);
    throw new Error(done);
  }

  #setAttributes(place: string, { mode, mtimeNs }: Attributes): void {
    this.#live();
    const inode = this.#all.get(place);
    if (inode === undefined) return;
    if (inode.type !== 'symlink') inode.mode = mode & 0o7777;
    inode.mtime = Number(mtimeNs / 1_000_000n);
  }

  #seen(place: string): Seen | undefined {
    this.#live();
    const inode = this.#all.get(place);
    return inode && seenOf(inode);
  }
}

const placeOf = (path: string): string => (path === '' ? 'data' : `data/${path}`);

/** What lstat(2) would say. */
const seenOf = (inode: Inode): Seen => ({
  isFile: () => inode.type === 'file',
  isDirectory: () => inode.type === 'directory',
  isSymbolicLink: () => inode.type === 'symlink',
  ino: BigInt(inode.id),
  mode: BigInt(typeBits[inode.type] | inode.mode),
  uid: 0n,
  gid: 0n,
  mtimeNs: BigInt(inode.mtime) * 1_000_000n,
  size: BigInt(sizeOf(inode)),
});

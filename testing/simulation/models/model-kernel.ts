import type { InotifyEvent } from '../../../sidecar/agent/watch/inotify/inotify-events.ts';
import { inotifyBit } from '../../../sidecar/agent/watch/inotify/inotify-mask.ts';
import { atCurrent, type WatchCalls } from '../../../sidecar/agent/watch/inotify/libc.ts';
import { type DirectoryInode, type Inode, seen } from './inode.ts';
import type { EventKind, KernelEvent } from './kernel-event.ts';
import type { Volume } from './volume.ts';

/** IN_EXCL_UNLINK of <sys/inotify.h>. */
const excludeUnlinked = 0x4000000;

const errno = { EACCES: 13, ENOENT: 2, ENOSPC: 28, ENOTDIR: 20 };

const bitOf: Readonly<Record<EventKind, number>> = {
  create: inotifyBit.create,
  modify: inotifyBit.modify,
  closeWrite: inotifyBit.closeWrite,
  attributes: inotifyBit.attributes,
  delete: inotifyBit.delete,
  movedFrom: inotifyBit.movedFrom,
  movedTo: inotifyBit.movedTo,
  deleteSelf: inotifyBit.deleteSelf,
  moveSelf: inotifyBit.moveSelf,
  unmount: inotifyBit.unmount,
};

interface Watch {
  readonly wd: number;
  readonly inode: DirectoryInode;
  mask: number;
}

interface Descriptor {
  readonly inode: DirectoryInode;
  /** What readdir has not yet given. */
  rest: (readonly [string, Inode])[] | undefined;
}

export interface KernelOptions {
  readonly volume: Volume;
  /** Where the volume is mounted: an absolute path. */
  readonly root: string;
  readonly maxQueuedEvents: number;
  readonly maxWatches: number;
  /** Events wait that were not there before. */
  readonly onReadable: () => void;
}

/** The system calls of a watch on a model volume: inotify(7) with its queue, merging, overflow and limits. */
export class ModelKernel implements WatchCalls {
  readonly #options: KernelOptions;
  readonly #watches = new Map<number, Watch>();
  readonly #byInode = new Map<DirectoryInode, Watch>();
  readonly #descriptors = new Map<number, Descriptor>();
  readonly #unlisten: () => void;
  #queue: InotifyEvent[] = [];
  #lastWd = 0;
  #lastDescriptor = 100;
  maxWatches: number;

  constructor(options: KernelOptions) {
    this.#options = options;
    this.maxWatches = options.maxWatches;
    this.#unlisten = options.volume.listen((event) => this.#tell(event));
  }

  get watches(): number {
    return this.#watches.size;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** What one read(2) gives: as many as there is room for, of all that is queued. */
  readEvents(most = Number.POSITIVE_INFINITY): InotifyEvent[] {
    return this.#queue.splice(0, most);
  }

  /** Every watch goes, as when the instance is closed. */
  close(): number;
  close(descriptor: number): number;
  close(descriptor?: number): number {
    if (descriptor !== undefined) return this.#descriptors.delete(descriptor) ? 0 : -9;
    this.#watches.clear();
    this.#byInode.clear();
    this.#queue = [];
    this.#unlisten();
    return 0;
  }

  inotifyInit(): number {
    return 3;
  }

  addWatch(_inotify: number, directory: number, mask: number): number {
    const inode = this.#descriptors.get(directory)?.inode;
    if (inode === undefined) return -errno.ENOENT;
    const known = this.#byInode.get(inode);
    if (known !== undefined) {
      known.mask = mask;
      return known.wd;
    }
    if (inode.unreadable !== undefined) return -inode.unreadable;
    if (this.#watches.size >= this.maxWatches) return -errno.ENOSPC;
    const watch = { wd: ++this.#lastWd, inode, mask };
    this.#watches.set(watch.wd, watch);
    this.#byInode.set(inode, watch);
    return watch.wd;
  }

  removeWatch(_inotify: number, wd: number): number {
    const watch = this.#watches.get(wd);
    if (watch === undefined) return -22;
    this.#forget(watch);
    return 0;
  }

  openDirectory(at: number, path: string): number {
    const inode = at === atCurrent ? this.#lookup(path) : this.#below(this.#descriptors.get(at)?.inode, path);
    if (inode === undefined) return -errno.ENOENT;
    if (inode.type !== 'directory') return -errno.ENOTDIR;
    if (inode.unreadable !== undefined) return -inode.unreadable;
    const descriptor = ++this.#lastDescriptor;
    this.#descriptors.set(descriptor, { inode, rest: undefined });
    return descriptor;
  }

  readDirectory(directory: number, into: Buffer): number {
    const open = this.#descriptors.get(directory);
    if (open === undefined) return -9;
    open.rest ??= [...open.inode.children];
    let length = 0;
    while (open.rest[0] !== undefined) {
      const [name, inode] = open.rest[0];
      const bytes = 24 + name.length;
      if (length + bytes > into.length) break;
      into.writeUInt16LE(bytes, length + 16);
      into[length + 18] =
        inode.type === 'directory' ? 4 : inode.type === 'file' ? 8 : inode.type === 'symlink' ? 10 : 1;
      into.write(name, length + 19, 'latin1');
      into[length + 19 + name.length] = 0;
      length += bytes;
      open.rest.shift();
    }
    return length;
  }

  read(): number {
    return -11;
  }

  replaceDescriptor(): number {
    return 0;
  }

  makePipe(): readonly [number, number] {
    return [3, 4];
  }

  /** A file system goes: its watches end with it. */
  #unmount(device: number): void {
    for (const watch of [...this.#watches.values()]) {
      if (watch.inode.device !== device) continue;
      this.#push({ wd: watch.wd, mask: inotifyBit.unmount, cookie: 0, name: '' });
      this.#end(watch);
    }
  }

  #lookup(path: string): Inode | undefined {
    const { root, volume } = this.#options;
    if (path === root) return volume.get('');
    return path.startsWith(`${root}/`) ? volume.get(path.slice(root.length + 1)) : undefined;
  }

  #below(directory: DirectoryInode | undefined, path: string): Inode | undefined {
    let at: Inode | undefined = directory;
    for (const name of path.split('/')) {
      const next: Inode | undefined = at?.type === 'directory' ? at.children.get(name) : undefined;
      at = next === undefined ? undefined : seen(next);
    }
    return at;
  }

  #tell({ kind, inode, name, cookie }: KernelEvent): void {
    if (kind === 'unmount') {
      this.#unmount(inode.device);
      return;
    }
    const isDirectory = inode.type === 'directory' ? inotifyBit.isDirectory : 0;
    if (name === undefined) {
      const own = inode.type === 'directory' ? this.#byInode.get(inode) : undefined;
      if (own === undefined) return;
      if ((own.mask & bitOf[kind]) !== 0)
        this.#push({ wd: own.wd, mask: bitOf[kind] | (kind === 'attributes' ? isDirectory : 0), cookie, name: '' });
      if (kind === 'deleteSelf') this.#end(own);
      return;
    }
    const watch = this.#byInode.get(name.directory);
    if (watch === undefined || (watch.mask & bitOf[kind]) === 0) return;
    const isOpenOnly = kind === 'modify' || kind === 'closeWrite';
    const isGone = name.directory.children.get(name.name) !== inode;
    if (isOpenOnly && isGone && (watch.mask & excludeUnlinked) !== 0) return;
    this.#push({ wd: watch.wd, mask: bitOf[kind] | isDirectory, cookie, name: name.name });
  }

  #end(watch: Watch): void {
    this.#push({ wd: watch.wd, mask: inotifyBit.ignored, cookie: 0, name: '' });
    this.#forget(watch);
  }

  #forget(watch: Watch): void {
    this.#watches.delete(watch.wd);
    this.#byInode.delete(watch.inode);
  }

  /** An event that only repeats the last one is merged with it; past the bound one overflow stands for all. */
  #push(event: InotifyEvent): void {
    const last = this.#queue.at(-1);
    const repeats =
      last?.wd === event.wd && last.mask === event.mask && last.cookie === event.cookie && last.name === event.name;
    if (repeats || last?.mask === inotifyBit.overflow) return;
    const isFull = this.#queue.length >= this.#options.maxQueuedEvents;
    this.#queue.push(isFull ? { wd: -1, mask: inotifyBit.overflow, cookie: 0, name: '' } : event);
    if (this.#queue.length === 1) this.#options.onReadable();
  }
}

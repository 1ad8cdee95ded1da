import { nameOf, parentOf } from '../../../sidecar/agent/changes/paths.ts';
import { type DirectoryInode, type FileInode, type Inode, type Name, type OpenFile, seen } from './inode.ts';
import { InodeTimes } from './inode-times.ts';
import type { EventKind, KernelEvent } from './kernel-event.ts';
import { type Done, type Errno, refuseRename } from './rename-rules.ts';
import { bytesBelow, walkDown } from './walk-down.ts';

export interface VolumeOptions {
  /** Wall clock of the machine, ms. */
  readonly now: () => number;
  /** Times of inodes move in steps of so much, ms. */
  readonly tickMs?: number;
  /** How many bytes of content it takes; absent: any. */
  readonly capacity?: number;
  readonly device?: number;
}

/** A file system: names, inodes, hard links, mounts, times with ticks, what fails; and the events that its kernel raises. */
export class Volume {
  readonly root: DirectoryInode;
  readonly #listeners = new Set<(event: KernelEvent) => void>();
  readOnly = false;
  capacity: number;
  readonly device: number;
  readonly #times: InodeTimes;
  #lastCookie = 0;

  constructor({ now, tickMs = 4, capacity = Number.POSITIVE_INFINITY, device = 1 }: VolumeOptions) {
    this.#times = new InodeTimes(now, tickMs, device);
    this.capacity = capacity;
    this.device = device;
    this.root = { ...this.#times.base(0o755), type: 'directory', children: new Map(), mounted: undefined };
  }

  /** Has every event told; the answer ends it. */
  listen(listener: (event: KernelEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** As lstat finds it: no symlink is followed. */
  get(path: string): Inode | undefined {
    let inode: Inode | undefined = seen(this.root);
    for (const name of path === '' ? [] : path.split('/')) {
      const below: Inode | undefined = inode.type === 'directory' ? inode.children.get(name) : undefined;
      if (below === undefined) return undefined;
      inode = seen(below);
    }
    return inode;
  }

  directory(path: string): DirectoryInode | undefined {
    const inode = this.get(path);
    return inode?.type === 'directory' ? inode : undefined;
  }

  create(path: string, { mode = 0o644, pieceBytes = 1_000 } = {}): Done {
    return this.#make(path, { ...this.#times.base(mode), type: 'file', pieces: [], pieceBytes });
  }

  mkdir(path: string, mode = 0o755): Done {
    return this.#make(path, { ...this.#times.base(mode), type: 'directory', children: new Map(), mounted: undefined });
  }

  symlink(target: string, path: string): Done {
    return this.#make(path, { ...this.#times.base(0o777), type: 'symlink', target });
  }

  special(path: string, type: 'fifo' | 'socket'): Done {
    return this.#make(path, { ...this.#times.base(0o644), type });
  }

  open(path: string): OpenFile | undefined {
    const inode = this.get(path);
    const via = inode === undefined ? undefined : this.#nameAt(path, inode);
    return inode?.type === 'file' && via !== undefined ? { inode, via } : undefined;
  }

  /** Writes one piece, at the end if there is no such place. */
  write({ inode, via }: OpenFile, at: number, piece: string): Done {
    if (this.readOnly) return 'EROFS';
    const place = Math.min(at, inode.pieces.length);
    if (place === inode.pieces.length && !this.hasRoom(inode.pieceBytes)) return 'ENOSPC';
    inode.pieces[place] = piece;
    this.#times.touch(inode);
    this.#tell('modify', inode, via);
    return 'ok';
  }

  /** The same through a mapping: times move, and nobody is told. */
  writeMapped(inode: FileInode, at: number, piece: string): void {
    if (at >= inode.pieces.length) return;
    inode.pieces[at] = piece;
    this.#times.touch(inode);
  }

  truncate({ inode, via }: OpenFile, pieces: number): Done {
    if (this.readOnly) return 'EROFS';
    inode.pieces.length = Math.min(inode.pieces.length, pieces);
    this.#times.touch(inode);
    this.#tell('modify', inode, via);
    return 'ok';
  }

  hasRoom(bytes: number): boolean {
    return this.capacity === Number.POSITIVE_INFINITY || bytesBelow(this.root) + bytes <= this.capacity;
  }

  /** Puts a whole new file under a name, by rename: what was there is gone in the same moment. */
  receive(
    path: string,
    { pieces, pieceBytes, ...attributes }: Pick<FileInode, 'pieces' | 'pieceBytes' | 'mode' | 'mtime' | 'xattrs'>,
  ): Done {
    const parent = this.#parent(path);
    if (typeof parent === 'string') return parent;
    const there = parent.children.get(nameOf(path));
    if (there?.type === 'directory') return 'EISDIR';
    if (!this.hasRoom(pieces.length * pieceBytes)) return 'ENOSPC';
    if (there !== undefined) this.#leave(parent, nameOf(path), there);
    this.#enter(parent, nameOf(path), { ...this.#times.base(0), ...attributes, type: 'file', pieces, pieceBytes });
    return 'ok';
  }

  /** A writer's last descriptor is closed. */
  close({ inode, via }: OpenFile): void {
    this.#tell('closeWrite', inode, via);
  }

  chmod(path: string, mode: number): Done {
    return this.#setAttributes(path, { mode });
  }

  utimes(path: string, mtime: number): Done {
    return this.#setAttributes(path, { mtime });
  }

  /** Sets all of them, or takes them away. */
  setXattrs(path: string, xattrs: string | undefined): Done {
    return this.#setAttributes(path, { xattrs });
  }

  link(from: string, path: string): Done {
    const inode = this.get(from);
    if (inode === undefined) return 'ENOENT';
    if (inode.type === 'directory') return 'EPERM';
    const parent = this.#parent(path);
    if (typeof parent === 'string') return parent;
    if (parent.device !== inode.device) return 'EXDEV';
    if (parent.children.has(nameOf(path))) return 'EEXIST';
    inode.ctime = this.#times.tick();
    this.#tell('create', inode, this.#enter(parent, nameOf(path), inode));
    return 'ok';
  }

  unlink(path: string): Done {
    const parent = this.#parent(path);
    if (typeof parent === 'string') return parent;
    const inode = parent.children.get(nameOf(path));
    if (inode === undefined) return 'ENOENT';
    if (inode.type === 'directory') return 'EISDIR';
    this.#tell('delete', inode, this.#leave(parent, nameOf(path), inode));
    return 'ok';
  }

  rmdir(path: string): Done {
    const parent = this.#parent(path);
    if (typeof parent === 'string') return parent;
    const inode = parent.children.get(nameOf(path));
    if (inode === undefined) return 'ENOENT';
    if (inode.type !== 'directory') return 'ENOTDIR';
    if (inode.mounted !== undefined) return 'EBUSY';
    if (inode.children.size > 0) return 'ENOTEMPTY';
    const name = this.#leave(parent, nameOf(path), inode);
    this.#tell('deleteSelf', inode, undefined);
    this.#tell('delete', inode, name);
    return 'ok';
  }

  /** rename(2); with `exchange` both names stay. */
  rename(from: string, path: string, { exchange = false } = {}): Done {
    const source = this.#parent(from);
    const target = this.#parent(path);
    if (typeof source === 'string') return source;
    if (typeof target === 'string') return target;
    const [fromName, toName] = [nameOf(from), nameOf(path)];
    const moving = source.children.get(fromName);
    const there = target.children.get(toName);
    const devices = [source.device, target.device] as const;
    const refused = refuseRename({ from, path, moving, there, devices, exchange });
    if (refused !== undefined) return refused;
    if (moving === undefined || moving === there) return 'ok';
    if (!exchange && there !== undefined) this.#leave(target, toName, there);
    this.#move(moving, source, fromName, target, toName);
    if (exchange && there !== undefined) this.#move(there, target, toName, source, fromName);
    if (exchange && there !== undefined) source.children.set(fromName, there);
    target.children.set(toName, moving);
    if (!exchange && there?.type === 'directory') this.#tell('deleteSelf', there, undefined);
    return 'ok';
  }

  /** Mounts another file system's root over a directory, or takes it away. */
  mount(path: string, root: DirectoryInode | undefined): Done {
    const parent = this.directory(parentOf(path));
    const inode = path === '' ? this.root : parent?.children.get(nameOf(path));
    if (inode?.type !== 'directory') return 'ENOTDIR';
    if (inode.mounted !== undefined) this.#tell('unmount', inode.mounted, undefined);
    inode.mounted = root;
    return 'ok';
  }

  /** Every path at and below `path`, parents before children. */
  walk(path = ''): Generator<readonly [path: string, inode: Inode]> {
    return walkDown(path, this.get(path));
  }

  #make(path: string, inode: Inode): Done {
    const parent = this.#parent(path);
    if (typeof parent === 'string') return parent;
    if (parent.children.has(nameOf(path))) return 'EEXIST';
    this.#tell('create', inode, this.#enter(parent, nameOf(path), inode));
    return 'ok';
  }

  #setAttributes(path: string, attributes: Partial<Pick<Inode, 'mode' | 'mtime' | 'xattrs'>>): Done {
    const inode = this.get(path);
    if (inode === undefined) return 'ENOENT';
    if (this.readOnly) return 'EROFS';
    Object.assign(inode, attributes);
    inode.ctime = this.#times.tick();
    const name = this.#nameAt(path, inode);
    if (name !== undefined) this.#tell('attributes', inode, name);
    if (inode.type === 'directory') this.#tell('attributes', inode, undefined);
    return 'ok';
  }

  #parent(path: string): DirectoryInode | Errno {
    if (path === '') return 'EBUSY';
    const parent = this.get(parentOf(path));
    if (parent === undefined) return 'ENOENT';
    if (parent.type !== 'directory') return 'ENOTDIR';
    return this.readOnly ? 'EROFS' : parent;
  }

  #nameAt(path: string, inode: Inode): Name | undefined {
    const directory = this.directory(parentOf(path));
    return inode.names.find((name) => name.directory === directory && name.name === nameOf(path));
  }

  #enter(directory: DirectoryInode, name: string, inode: Inode): Name {
    const entered: Name = { directory, name };
    inode.names.push(entered);
    directory.children.set(name, inode);
    this.#times.touch(directory);
    return entered;
  }

  #leave(directory: DirectoryInode, name: string, inode: Inode): Name {
    const at = inode.names.findIndex((one) => one.directory === directory && one.name === name);
    const [left] = inode.names.splice(at, 1);
    directory.children.delete(name);
    this.#times.touch(directory);
    inode.ctime = this.#times.tick();
    return left as Name;
  }

  /** One half of a rename; the name stays the same object, as a dentry does. */
  #move(inode: Inode, from: DirectoryInode, fromName: string, to: DirectoryInode, toName: string): void {
    const name = inode.names.find((one) => one.directory === from && one.name === fromName) as Name;
    const before: Name = { ...name };
    name.directory = to;
    name.name = toName;
    from.children.delete(fromName);
    to.children.set(toName, inode);
    this.#times.touch(from);
    this.#times.touch(to);
    inode.ctime = this.#times.tick();
    const cookie = ++this.#lastCookie;
    this.#tell('movedFrom', inode, before, cookie);
    this.#tell('movedTo', inode, { ...name }, cookie);
    if (inode.type === 'directory') this.#tell('moveSelf', inode, undefined);
  }

  #tell(kind: EventKind, inode: Inode, name: Name | undefined, cookie = 0): void {
    const event = { kind, inode, name: name === undefined ? undefined : { ...name }, cookie };
    for (const listen of this.#listeners) listen(event);
  }
}

import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { plainMode } from '../../sidecar/protocol/entries/past-pieces.ts';
import { errorCode } from '../process/failure.ts';
import { setExactTime } from '../process/system/exact-time.ts';

interface Attributes {
  readonly mode: number;
  readonly mtimeNs: string;
}

interface OpenFile {
  readonly fd: number;
  readonly temporary: Buffer;
  readonly place: Buffer;
  readonly attributes: Attributes;
}

const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Entries that are put in place below an open directory, names as binary strings. Each directory on the way is opened in the one
 * above it and never through a link, so that nothing leads elsewhere, whoever renames meanwhile. Linux alone.
 */
export class PlacedTree {
  readonly #root: number;
  /** The directories on the way to where the last entry was. */
  #way: { readonly name: string; readonly fd: number }[] = [];
  #file: OpenFile | undefined;

  constructor(root: number) {
    this.#root = root;
  }

  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  /** What took its place is removed, unless it is a directory itself. */
  directory(names: readonly string[]): void {
    const name = names.at(-1);
    if (name === undefined) return;
    const place = placeIn(this.#enter(names.slice(0, -1)), name);
    const now = lookAt(place);
    if (now?.isDirectory()) return;
    if (now) unlinkSync(place);
    this.#make(place);
  }

  /** @throws an error with the code of the system call, or DirectoryInTheWay */
  beginFile(names: readonly string[], attributes: Attributes): void {
    const { place, temporary } = this.#placeOf(names);
    this.#file = { fd: openSync(temporary, 'wx', 0o600), temporary, place, attributes };
  }

  /** Of a file that could not be begun nothing is written. */
  write(bytes: Buffer): void {
    if (this.#file) for (let done = 0; done < bytes.length; ) done += writeSync(this.#file.fd, bytes, done);
  }

  finishFile(): void {
    const file = this.#file;
    if (!file) return;
    const owner = this.#ownerOf(file.place);
    if (owner) fchownSync(file.fd, owner.uid, owner.gid);
    fchmodSync(file.fd, file.attributes.mode & plainMode);
    setExactTime(file.temporary, BigInt(file.attributes.mtimeNs));
    renameSync(file.temporary, file.place);
    this.#file = undefined;
    closeSync(file.fd);
  }

  dropFile(): void {
    const file = this.#file;
    if (!file) return;
    this.#file = undefined;
    closeSync(file.fd);
    unlinkSync(file.temporary);
  }

  symlink(names: readonly string[], target: Buffer, { mtimeNs }: Attributes): void {
    const { place, temporary } = this.#placeOf(names);
    symlinkSync(target, temporary);
    setExactTime(temporary, BigInt(mtimeNs));
    const owner = this.#ownerOf(place);
    if (owner) lchownSync(temporary, owner.uid, owner.gid);
    renameSync(temporary, place);
  }

  link(names: readonly string[], of: readonly string[]): void {
    const opened = this.#openAll(of.slice(0, -1));
    try {
      const { place, temporary } = this.#placeOf(names);
      linkSync(placeIn(opened.at(-1) ?? this.#root, of.at(-1) ?? ''), temporary);
      renameSync(temporary, place);
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }

  finishDirectory(names: readonly string[], attributes: Attributes): void {
    const fd = this.#enter(names);
    fchmodSync(fd, attributes.mode & plainMode);
    setExactTime(placeIn(fd, '.'), BigInt(attributes.mtimeNs));
  }

  close(): void {
    this.dropFile();
    for (const { fd } of this.#way.splice(0)) closeSync(fd);
  }

  #placeOf(names: readonly string[]): { place: Buffer; temporary: Buffer } {
    const directory = this.#enter(names.slice(0, -1));
    const place = placeIn(directory, names.at(-1) ?? '');
    if (lookAt(place)?.isDirectory())
      throw Object.assign(new Error('a directory is there'), { code: 'DirectoryInTheWay' });
    return { place, temporary: placeIn(directory, `.${randomBytes(6).toString('hex')}.restoring`) };
  }

  /** Directories that are missing on the way are made. */
  #enter(names: readonly string[]): number {
    let known = 0;
    while (known < names.length && this.#way[known]?.name === names[known]) known++;
    for (const { fd } of this.#way.splice(known)) closeSync(fd);
    for (const name of names.slice(known)) {
      const place = placeIn(this.#way.at(-1)?.fd ?? this.#root, name);
      if (!lookAt(place)) this.#make(place);
      this.#way.push({ name, fd: openSync(place, directoryFlags) });
    }
    return this.#way.at(-1)?.fd ?? this.#root;
  }

  #openAll(names: readonly string[]): number[] {
    const opened: number[] = [];
    try {
      for (const name of names) opened.push(openSync(placeIn(opened.at(-1) ?? this.#root, name), directoryFlags));
      return opened;
    } catch (error) {
      for (const fd of opened) closeSync(fd);
      throw error;
    }
  }

  #make(place: Buffer): void {
    mkdirSync(place, 0o700);
    const owner = this.#ownerOf(place, true);
    if (owner) chownSync(place, owner.uid, owner.gid);
  }

  /** What root puts back belongs to whom it belonged, or to whom the directory belongs that it is in. */
  #ownerOf(place: Buffer, isNew = false): Stats | undefined {
    if (process.geteuid?.() !== 0) return undefined;
    const present = isNew ? undefined : lookAt(place);
    return present ?? fstatSync(this.#way.at(-1)?.fd ?? this.#root);
  }
}

const placeIn = (directory: number, name: string): Buffer =>
  Buffer.concat([Buffer.from(`/proc/self/fd/${directory}/`), Buffer.from(name, 'latin1')]);

const lookAt = (place: Buffer): Stats | undefined => {
  try {
    return lstatSync(place);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

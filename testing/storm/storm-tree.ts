import * as fs from 'node:fs';
import type { Random } from './random.ts';
import { stormName } from './storm-names.ts';

export interface StormEntry {
  /** Binary string below the root, '' the root. */
  path: string;
  readonly type: 'file' | 'directory' | 'symlink';
}

const isAtOrBelow = (path: string, top: string): boolean => path === top || path.startsWith(`${top}/`);
const maxDepth = 6;

/** What a storm has made, and what it can do to it. Everything is done by its own system call, nothing is undone. */
export class StormTree {
  readonly #root: Buffer;
  readonly #random: Random;
  readonly #maxFileBytes: number;
  #entries: StormEntry[] = [];
  #made = 0;
  readonly #touched = new Set<string>();

  constructor(root: string, random: Random, maxFileBytes: number) {
    this.#root = Buffer.from(root);
    this.#random = random;
    this.#maxFileBytes = maxFileBytes;
  }

  get size(): number {
    return this.#entries.length;
  }

  beginStep(): void {
    this.#touched.clear();
  }

  /** The paths that the step has worked on. */
  touched(): string[] {
    return [...this.#touched];
  }

  /** A random entry of one of the types. */
  any(...types: readonly StormEntry['type'][]): StormEntry | undefined {
    const found = this.#entries.filter(({ type }) => types.includes(type));
    return found.length === 0 ? undefined : this.#random.pick(found);
  }

  /** The path of a random directory, the root among them. */
  anyDirectory(): string {
    const found = this.#entries.filter(({ type, path }) => type === 'directory' && path.split('/').length < maxDepth);
    const index = this.#random.below(found.length + 1);
    return found[index]?.path ?? '';
  }

  createFile(directory: string): void {
    const path = this.newPath(directory);
    fs.writeFileSync(this.at(path), this.content());
    this.#entries.push({ path, type: 'file' });
  }

  createDirectory(directory: string): void {
    const path = this.newPath(directory);
    fs.mkdirSync(this.at(path));
    this.#entries.push({ path, type: 'directory' });
  }

  /** Inside, dangling, absolute or to the outside. */
  createSymlink(directory: string): void {
    const path = this.newPath(directory);
    fs.symlinkSync(this.#linkTarget(), this.at(path));
    this.#entries.push({ path, type: 'symlink' });
  }

  hardLink(entry: StormEntry, directory: string): void {
    const path = this.newPath(directory);
    fs.linkSync(this.at(entry.path), this.at(path));
    this.#entries.push({ path, type: 'file' });
  }

  rewrite(entry: StormEntry): void {
    this.#inFile(entry.path, fs.constants.O_TRUNC, (file) => fs.writeSync(file, this.content()));
  }

  rewriteKeepingSize(entry: StormEntry, keepTime: boolean): void {
    const at = this.at(entry.path);
    const { size, atime, mtime } = fs.statSync(at);
    // A time of whole ms, before as after: what utimes can't give back exactly would show.
    if (keepTime) fs.utimesSync(at, atime, mtime);
    this.#inFile(entry.path, 0, (file) => {
      fs.writeSync(file, this.#random.bytes(size), 0, size, 0);
      if (keepTime) fs.futimesSync(file, atime, mtime);
    });
  }

  append(entry: StormEntry): void {
    const more = this.#random.bytes(1 + this.#random.below(4096));
    this.#inFile(entry.path, fs.constants.O_APPEND, (file) => fs.writeSync(file, more));
    if (fs.statSync(this.at(entry.path)).size > this.#maxFileBytes * 4) this.truncate(entry);
  }

  truncate(entry: StormEntry): void {
    const { size } = fs.statSync(this.at(entry.path));
    this.#inFile(entry.path, 0, (file) => fs.ftruncateSync(file, this.#random.below(size + 1)));
  }

  /** As editors save: a new file takes the name of the old. */
  replaceByRename(entry: StormEntry): void {
    const temporary = this.newPath(this.#parentOf(entry.path));
    fs.writeFileSync(this.at(temporary), this.content());
    fs.renameSync(this.at(temporary), this.at(entry.path));
  }

  chmod(entry: StormEntry): void {
    const modes = entry.type === 'directory' ? [0o755, 0o700, 0o775, 0o1777] : [0o644, 0o600, 0o755, 0o444, 0o640];
    fs.chmodSync(this.at(entry.path), this.#random.pick(modes));
  }

  setTimes(entry: StormEntry): void {
    const seconds = 1_000_000_000 + this.#random.below(500_000_000);
    fs.utimesSync(this.at(entry.path), seconds, seconds);
  }

  /** To a new name, or over another file. */
  rename(entry: StormEntry, directory: string): void {
    if (entry.type === 'directory' && isAtOrBelow(directory, entry.path)) return;
    const other = entry.type === 'directory' || this.#random.below(3) > 0 ? undefined : this.any('file', 'symlink');
    const path = other === undefined || other === entry ? this.newPath(directory) : other.path;
    if (other !== undefined && other !== entry && this.#isSameFile(entry, other)) return;
    this.#move(entry, path);
  }

  swap(entry: StormEntry, other: StormEntry): void {
    if (entry === other || this.#isSameFile(entry, other)) return;
    const [mine, theirs] = [entry.path, other.path];
    this.#move(entry, this.newPath(''));
    this.#move(other, mine);
    this.#move(entry, theirs);
  }

  /** As logs are rotated: the file takes another name and begins anew under its own. */
  rotate(entry: StormEntry): void {
    const { path } = entry;
    this.#move(entry, this.newPath(this.#parentOf(path)));
    fs.writeFileSync(this.at(path), this.content());
    this.#entries.push({ path, type: 'file' });
  }

  remove(entry: StormEntry): void {
    fs.rmSync(this.at(entry.path), { recursive: true });
    this.#forget(entry.path);
  }

  becomeDirectory(entry: StormEntry): void {
    this.remove(entry);
    fs.mkdirSync(this.at(entry.path));
    this.#entries.push({ path: entry.path, type: 'directory' });
    this.createFile(entry.path);
  }

  becomeFile(entry: StormEntry): void {
    this.remove(entry);
    fs.writeFileSync(this.at(entry.path), this.content());
    this.#entries.push({ path: entry.path, type: 'file' });
  }

  becomeSymlink(entry: StormEntry): void {
    this.remove(entry);
    fs.symlinkSync(this.#linkTarget(), this.at(entry.path));
    this.#entries.push({ path: entry.path, type: 'symlink' });
  }

  burst(directory: string, files: number): void {
    const path = this.newPath(directory);
    fs.mkdirSync(this.at(path));
    this.#entries.push({ path, type: 'directory' });
    for (let i = 0; i < files; i += 1) this.createFile(path);
  }

  add(path: string, type: StormEntry['type']): void {
    this.#entries.push({ path, type });
  }

  /** Two names have changed places, with all below them. */
  exchanged(one: string, other: string): void {
    for (const entry of this.#entries) {
      const { path } = entry;
      if (isAtOrBelow(path, one)) entry.path = other + path.slice(one.length);
      else if (isAtOrBelow(path, other)) entry.path = one + path.slice(other.length);
    }
  }

  /** Never through a symlink: it may lead to a file of the machine. */
  #inFile(path: string, flags: number, work: (file: number) => unknown): void {
    const file = fs.openSync(this.at(path), fs.constants.O_RDWR | fs.constants.O_NOFOLLOW | flags);
    try {
      work(file);
    } finally {
      fs.closeSync(file);
    }
  }

  #move(entry: StormEntry, path: string): void {
    const { path: from } = entry;
    fs.renameSync(this.at(from), this.at(path));
    this.#entries = this.#entries.filter((other) => other === entry || !isAtOrBelow(other.path, path));
    for (const other of this.#entries) {
      if (isAtOrBelow(other.path, from)) other.path = path + other.path.slice(from.length);
    }
  }

  #forget(path: string): void {
    this.#entries = this.#entries.filter((other) => !isAtOrBelow(other.path, path));
  }

  /** rename(2) of one name of a file over another of the same does nothing. */
  #isSameFile(a: StormEntry, b: StormEntry): boolean {
    return fs.lstatSync(this.at(a.path)).ino === fs.lstatSync(this.at(b.path)).ino;
  }

  newPath(directory: string): string {
    this.#made += 1;
    const name = stormName(this.#random, this.#made);
    return directory === '' ? name : `${directory}/${name}`;
  }

  #parentOf(path: string): string {
    return path.slice(0, Math.max(0, path.lastIndexOf('/')));
  }

  #linkTarget(): Buffer {
    const inside = this.any('file', 'directory')?.path ?? 'nowhere';
    const targets = [inside, `nowhere${this.#made}`, '/absolute/nowhere', '../../outside', '.'];
    return Buffer.from(this.#random.pick(targets), 'latin1');
  }

  content(): Buffer {
    const small = this.#random.below(10) > 0;
    return this.#random.bytes(this.#random.below(small ? 4096 : this.#maxFileBytes));
  }

  at(path: string): Buffer {
    this.#touched.add(path);
    return Buffer.concat([this.#root, Buffer.from(`/${path}`, 'latin1')]);
  }
}

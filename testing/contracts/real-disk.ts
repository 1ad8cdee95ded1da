import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { exchangeNames } from '../calls/exchange-names.ts';
import { setXattr } from '../calls/set-xattr.ts';
import { mapFile } from '../storm/rare-calls.ts';
import { readXattrs } from '../trees/xattrs.ts';
import { type Disk, paddedPiece, pieceBytes, timeText } from './disk.ts';

const attribute = 'user.contract';

/** A directory of the machine. */
export class RealDisk implements Disk {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  directory(path: string, mode = 0o755): void {
    fs.mkdirSync(this.#at(path));
    fs.chmodSync(this.#at(path), mode);
  }

  file(path: string, pieces: readonly string[], mode = 0o644): void {
    fs.writeFileSync(this.#at(path), pieces.map(paddedPiece).join(''), { flag: 'wx' });
    fs.chmodSync(this.#at(path), mode);
  }

  symlink(target: string, path: string): void {
    fs.symlinkSync(target, this.#at(path));
  }

  link(from: string, path: string): void {
    fs.linkSync(this.#at(from), this.#at(path));
  }

  fifo(path: string): void {
    execFileSync('mkfifo', ['-m', '644', this.#at(path)]);
  }

  rename(from: string, path: string): void {
    fs.renameSync(this.#at(from), this.#at(path));
  }

  exchange(one: string, other: string): void {
    exchangeNames(this.#at(one), this.#at(other));
  }

  remove(path: string): void {
    fs.rmSync(this.#at(path), { recursive: true });
  }

  chmod(path: string, mode: number): void {
    fs.chmodSync(this.#at(path), mode);
  }

  stamp(path: string, mtime: number): void {
    fs.lutimesSync(this.#at(path), mtime / 1_000, mtime / 1_000);
  }

  write(path: string, at: number, piece: string): void {
    const descriptor = fs.openSync(this.#at(path), 'r+');
    fs.writeSync(descriptor, paddedPiece(piece), at * pieceBytes);
    fs.closeSync(descriptor);
  }

  writeMapped(path: string, at: number, piece: string): void {
    const mapping = mapFile(Buffer.from(this.#at(path)));
    mapping.write(at * pieceBytes, Buffer.from(paddedPiece(piece)));
    mapping.close();
  }

  setXattr(path: string, value: string | undefined): void {
    setXattr(this.#at(path), attribute, value);
  }

  whileOpen(path: string, meanwhile: () => void): void {
    const descriptor = fs.openSync(this.#at(path), 'r+');
    meanwhile();
    fs.writeSync(descriptor, paddedPiece('open'), 0);
    fs.closeSync(descriptor);
  }

  truncate(path: string, pieces: number): void {
    fs.truncateSync(this.#at(path), pieces * pieceBytes);
  }

  paths(): string[] {
    const list = (directory: string): string[] =>
      fs.readdirSync(this.#at(directory), { withFileTypes: true }).flatMap((entry) => {
        const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
        return entry.isDirectory() ? [path, ...list(path)] : [path];
      });
    return list('');
  }

  describe(path: string): string {
    const value = readXattrs(Buffer.from(this.#at(path))).get(attribute);
    return value === undefined ? this.#describe(path) : `${this.#describe(path)} ${value.toString('latin1')}`;
  }

  #describe(path: string): string {
    const stats = fs.lstatSync(this.#at(path));
    const mode = (stats.mode & 0o7777).toString(8);
    const time = timeText(Math.round(stats.mtimeMs));
    if (stats.isDirectory()) return `directory ${mode} ${time}`;
    if (stats.isSymbolicLink()) return `symlink ${fs.readlinkSync(this.#at(path))} ${time}`;
    if (!stats.isFile()) return `fifo ${mode} ${time}`;
    const names = this.paths().filter((other) => fs.lstatSync(this.#at(other)).ino === stats.ino);
    const content = fs.readFileSync(this.#at(path), 'latin1').match(/.{1,1000}/gs) ?? [];
    const pieces = content.map((piece) => piece.replace(/\.+$/, '')).join(',');
    return `file [${pieces}] ${mode} ${time} ${names.sort().join('=')}`;
  }

  #at(path: string): string {
    return join(this.root, path);
  }
}

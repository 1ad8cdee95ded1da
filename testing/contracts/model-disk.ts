import assert from 'node:assert/strict';
import { type Inode, sizeOf } from '../simulation/models/inode.ts';
import { removeDown } from '../simulation/models/rsync/target-side.ts';
import type { Volume } from '../simulation/models/volume.ts';
import { type Disk, timeText } from './disk.ts';

const ok = (done: string): void => assert.equal(done, 'ok');

/** The same on a model volume, by what its programs can do. */
export class ModelDisk implements Disk {
  readonly volume: Volume;

  constructor(volume: Volume) {
    this.volume = volume;
  }

  directory(path: string, mode = 0o755): void {
    ok(this.volume.mkdir(path));
    this.chmod(path, mode);
  }

  file(path: string, pieces: readonly string[], mode = 0o644): void {
    ok(this.volume.create(path));
    const open = this.volume.open(path);
    assert.ok(open);
    for (const [at, piece] of pieces.entries()) ok(this.volume.write(open, at, piece));
    this.volume.close(open);
    this.chmod(path, mode);
  }

  symlink(target: string, path: string): void {
    ok(this.volume.symlink(target, path));
  }

  link(from: string, path: string): void {
    ok(this.volume.link(from, path));
  }

  fifo(path: string): void {
    ok(this.volume.special(path, 'fifo'));
    this.chmod(path, 0o644);
  }

  rename(from: string, path: string): void {
    ok(this.volume.rename(from, path));
  }

  exchange(one: string, other: string): void {
    ok(this.volume.rename(one, other, { exchange: true }));
  }

  remove(path: string): void {
    ok(removeDown(this.volume, path));
  }

  chmod(path: string, mode: number): void {
    ok(this.volume.chmod(path, mode));
  }

  stamp(path: string, mtime: number): void {
    ok(this.volume.utimes(path, mtime));
  }

  write(path: string, at: number, piece: string): void {
    const open = this.volume.open(path);
    assert.ok(open);
    ok(this.volume.write(open, at, piece));
    this.volume.close(open);
  }

  writeMapped(path: string, at: number, piece: string): void {
    const inode = this.volume.get(path);
    const open = this.volume.open(path);
    assert.ok(inode?.type === 'file' && open);
    this.volume.close(open);
    this.volume.writeMapped(inode, at, piece);
  }

  setXattr(path: string, value: string | undefined): void {
    ok(this.volume.setXattrs(path, value));
  }

  whileOpen(path: string, meanwhile: () => void): void {
    const open = this.volume.open(path);
    assert.ok(open);
    meanwhile();
    ok(this.volume.write(open, 0, 'open'));
    this.volume.close(open);
  }

  truncate(path: string, pieces: number): void {
    const open = this.volume.open(path);
    assert.ok(open);
    ok(this.volume.truncate(open, pieces));
    this.volume.close(open);
  }

  paths(): string[] {
    return [...this.volume.walk()].map(([path]) => path).filter((path) => path !== '');
  }

  describe(path: string): string {
    const inode = this.volume.get(path);
    assert.ok(inode, path);
    return inode.xattrs === undefined ? this.#describe(inode) : `${this.#describe(inode)} ${inode.xattrs}`;
  }

  #describe(inode: Inode): string {
    const mode = inode.mode.toString(8);
    const time = timeText(inode.mtime);
    if (inode.type === 'directory') return `directory ${mode} ${time}`;
    if (inode.type === 'symlink') return `symlink ${inode.target} ${time}`;
    if (inode.type !== 'file') return `fifo ${mode} ${time}`;
    const names = this.paths().filter((other) => this.volume.get(other) === inode);
    assert.equal(sizeOf(inode), inode.pieces.length * inode.pieceBytes);
    return `file [${inode.pieces.join(',')}] ${mode} ${time} ${names.sort().join('=')}`;
  }
}

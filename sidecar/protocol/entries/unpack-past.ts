import {
  chmodSync,
  closeSync,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { Failure } from '../../../src/process/failure.ts';
import type { PastAnswer, PastHead } from '../past/history.ts';
import { decodePath, namesOf, plainMode, readPieces } from './past-pieces.ts';

export interface Unpacked extends PastAnswer {
  readonly entries: number;
  /** Paths (binary strings) that can't be given, and why. */
  readonly missing: readonly { readonly path: string; readonly reason: string }[];
}

/**
 * Writes what `history-read` answers below a directory that is new or empty, so that nothing there is replaced or followed.
 * What was a file is a copy: nothing that is done to it reaches the replica or its history.
 * @throws Failure `NotEmpty`, `CutShort`
 */
export const unpackPast = async (stream: AsyncIterable<Buffer>, directory: string): Promise<Unpacked> => {
  await mkdir(directory, { recursive: true });
  if ((await readdir(directory)).length > 0)
    throw new Failure('NotEmpty', `restore to ${directory}: it is not empty`, { hint: 'give a directory that is new' });
  const unpacking = new Unpacking(directory);
  for await (const { head, bytes } of readPieces(stream)) {
    if (head) unpacking.begin(head);
    else unpacking.write(bytes);
    if (head?.kind === 'end') return unpacking.end(head.entries);
  }
  throw new Failure('CutShort', `restore to ${directory}: the receiver stopped in the middle`, {
    hint: 'its log says why; what has been written so far is there',
  });
};

class Unpacking {
  readonly #root: Buffer;
  readonly #directories: { readonly path: Buffer; readonly mode: number; readonly mtimeNs: string }[] = [];
  /** Those that were made here: nothing else is ever entered. */
  readonly #made = new Set<string>();
  readonly #missing: { path: string; reason: string }[] = [];
  #about: PastAnswer | undefined;
  #file: { readonly fd: number; left: number; readonly finish: () => void } | undefined;

  constructor(directory: string) {
    this.#root = Buffer.from(directory);
  }

  begin(head: PastHead): void {
    switch (head.kind) {
      case 'begin':
        this.#about = { moment: head.moment, gaps: head.gaps };
        return;
      case 'missing':
        this.#missing.push({ path: decodePath(head.path), reason: head.reason });
        return;
      case 'link':
        linkSync(this.#place(head.of), this.#place(head.path));
        return;
      case 'symlink':
        symlinkSync(Buffer.from(head.target, 'base64url'), this.#place(head.path));
        return;
      case 'directory':
        this.#directories.push({ path: this.#directory(head.path), mode: head.mode, mtimeNs: head.mtimeNs });
        return;
      case 'file':
        this.#beginFile(head);
    }
  }

  write(bytes: Buffer): void {
    const file = this.#file;
    if (!file) return;
    for (let done = 0; done < bytes.length; ) done += writeSync(file.fd, bytes, done);
    file.left -= bytes.length;
    if (file.left === 0) this.#finishFile();
  }

  end(entries: number): Unpacked {
    for (const { path, mode, mtimeNs } of this.#directories.reverse()) {
      setTime(path, mtimeNs);
      chmodSync(path, mode & plainMode);
    }
    if (!this.#about) throw new Failure('CutShort', 'restore: the answer has no beginning');
    return { ...this.#about, entries, missing: this.#missing };
  }

  #beginFile({ path: coded, size, mode, mtimeNs }: PastHead & { kind: 'file' }): void {
    const path = this.#place(coded);
    const fd = openSync(path, 'wx', 0o600);
    const finish = (): void => {
      fchmodSync(fd, mode & plainMode);
      closeSync(fd);
      setTime(path, mtimeNs);
    };
    this.#file = { fd, left: size, finish };
    if (size === 0) this.#finishFile();
  }

  #finishFile(): void {
    this.#file?.finish();
    this.#file = undefined;
  }

  #directory(coded: string): Buffer {
    const names = namesOf(coded);
    this.#enter(names);
    return this.#join(names);
  }

  #place(coded: string): Buffer {
    const names = namesOf(coded);
    this.#enter(names.slice(0, -1));
    return this.#join(names);
  }

  /** Makes directories that are missing on the way; through a link none is reached. */
  #enter(names: readonly string[]): void {
    for (let depth = 1; depth <= names.length; depth++) {
      const path = names.slice(0, depth);
      if (this.#made.has(path.join('/'))) continue;
      mkdirSync(this.#join(path), 0o700);
      this.#made.add(path.join('/'));
    }
  }

  #join(names: readonly string[]): Buffer {
    return names.length === 0
      ? this.#root
      : Buffer.concat([this.#root, Buffer.from('/'), Buffer.from(names.join('/'), 'latin1')]);
  }
}

const setTime = (path: Buffer, mtimeNs: string): void => {
  const seconds = Number(BigInt(mtimeNs)) / 1e9;
  utimesSync(path, seconds, seconds);
};

import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { Failure } from '../../src/process/failure.ts';
import { bindLibc, type LibcFunction, lastErrno } from '../../src/process/system/libc.ts';

/** System calls that Node has no function for. Paths are bytes. */
interface RareCalls {
  readonly renameat2: LibcFunction;
  readonly linkat: LibcFunction;
  readonly mmap: LibcFunction;
  readonly munmap: LibcFunction;
  readonly memcpy: LibcFunction;
}

let bound: RareCalls | undefined;

const calls = (): RareCalls => {
  bound ??= {
    renameat2: bindLibc('int renameat2(int from, const void *path, int to, const void *other, uint32_t flags)'),
    linkat: bindLibc('int linkat(int from, const void *path, int to, const void *other, int flags)'),
    mmap: bindLibc('intptr_t mmap(intptr_t at, size_t length, int protection, int flags, int fd, int64_t offset)'),
    munmap: bindLibc('int munmap(intptr_t at, size_t length)'),
    memcpy: bindLibc('intptr_t memcpy(intptr_t to, const void *from, size_t length)'),
  };
  return bound;
};

const atCurrent = -100;
const exchange = 2;
const followSymlink = 0x400;
const temporaryFile = 0o20000000 | constants.O_DIRECTORY;
const readWrite = 3;
const shared = 1;

const terminated = (path: Buffer): Buffer => Buffer.concat([path, Buffer.of(0)]);

function check(result: unknown, what: string): number {
  const value = Number(result);
  if (value === -1) throw new Failure('SystemCallFailed', `${what}: errno ${lastErrno()}`);
  return value;
}

/** Two names change places, renameat2(2). @throws Failure where the file system can't */
export function exchangeNames(a: Buffer, b: Buffer): void {
  check(calls().renameat2(atCurrent, terminated(a), atCurrent, terminated(b), exchange), 'exchange names');
}

/** A file without a name. @returns its descriptor */
export function openUnnamed(directory: Buffer): number {
  return openSync(directory, temporaryFile | constants.O_RDWR, 0o644);
}

/** Gives a name to what a descriptor is open on. */
export function nameDescriptor(descriptor: number, path: Buffer): void {
  const from = terminated(Buffer.from(`/proc/self/fd/${descriptor}`));
  check(calls().linkat(atCurrent, from, atCurrent, terminated(path), followSymlink), 'link an open file');
}

/** A file's content as memory, whose changes nobody is told of. */
export interface Mapping {
  write(offset: number, bytes: Buffer): void;
  close(): void;
}

/** Maps a whole file, which must not be empty. Its descriptor is closed at once, as mmap(2) allows. */
export function mapFile(path: Buffer): Mapping {
  const descriptor = openSync(path, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    const at = check(calls().mmap(0, size, readWrite, shared, descriptor, 0), 'map a file');
    return {
      write: (offset, bytes) => void calls().memcpy(at + offset, bytes, bytes.length),
      close: () => void check(calls().munmap(at, size), 'unmap a file'),
    };
  } finally {
    closeSync(descriptor);
  }
}

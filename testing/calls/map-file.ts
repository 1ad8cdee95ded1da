import { closeSync, fstatSync, openSync } from 'node:fs';
import { bindLibc, lastErrno } from '../../src/process/system/libc.ts';

const protectReadWrite = 3;
const shared = 1;

export interface MappedFile extends Disposable {
  /** Writes through the mapping: no system call is made, and no event raised. */
  write(bytes: Buffer, at: number): void;
}

/** mmap(2) of a whole file, shared, read and write; the descriptor stays open until it is disposed of. */
export const mapFile = (path: string): MappedFile => {
  const map = bindLibc('void *mmap(void *at, size_t length, int protect, int flags, int fd, int64_t offset)');
  const copy = bindLibc('void *memcpy(uint64_t to, const void *from, size_t length)');
  const unmap = bindLibc('int munmap(void *at, size_t length)');
  const descriptor = openSync(path, 'r+');
  const length = fstatSync(descriptor).size;
  const at: unknown = map(null, length, protectReadWrite, shared, descriptor, 0);
  const address = bindLibc('uintptr_t labs(void *at)')(at) as number | bigint;
  if (BigInt(address) < 4096n) throw new Error(`map ${path}: errno ${lastErrno()}`);
  return {
    write(bytes, offset) {
      if (offset + bytes.length > length) throw new Error(`write ${path}: beyond its end`);
      copy(BigInt(address) + BigInt(offset), bytes, bytes.length);
    },
    [Symbol.dispose]() {
      unmap(at, length);
      closeSync(descriptor);
    },
  };
};

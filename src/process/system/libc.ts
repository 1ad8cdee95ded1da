import { createRequire } from 'node:module';
import type * as koffi from 'koffi';
import { Failure } from '../failure.ts';

/** A bound C function; `.async(...args, callback)` runs it on a worker thread. */
export type LibcFunction = ReturnType<koffi.LibraryHandle['func']>;

interface Libc {
  readonly koffi: typeof koffi;
  readonly library: koffi.LibraryHandle;
}

let loaded: Libc | undefined;

const loadLibc = (): Libc => {
  if (loaded) return loaded;
  try {
    // Loaded on first use: a process that needs no system call of its own doesn't pay for it.
    const ffi = createRequire(import.meta.url)('koffi') as typeof koffi;
    loaded = { koffi: ffi, library: ffi.load(process.platform === 'darwin' ? 'libSystem.dylib' : 'libc.so.6') };
    return loaded;
  } catch (cause) {
    throw new Failure('LibcUnavailable', 'load libc: the system’s C library could not be opened', {
      cause,
      hint: 'run on a glibc Linux image (Debian, Ubuntu, …), x64 or arm64',
    });
  }
};

/**
 * Binds one function of libc by its C prototype, e.g. `int syncfs(int fd)`.
 * @throws Failure `LibcUnavailable`
 */
export const bindLibc = (prototype: string): LibcFunction => loadLibc().library.func(prototype);

/** errno of the last call on this thread; read it at once. Synchronous calls only. */
export const lastErrno = (): number => loadLibc().koffi.errno();

/** Numbers of error names on this system, e.g. `errnoOf('ENOSPC')`. */
export const errnoOf = (name: string): number => (loadLibc().koffi.os.errno as Record<string, number>)[name] ?? -1;

import { bindLibc, lastErrno } from '../../../src/process/libc.ts';

/** What one look at a name says, in the buffer that every look writes to: no object is made for a file. */
export interface Looker {
  /** The fields of the last look, as 32-bit words by the offsets below. */
  readonly words: Uint32Array;
  /** Looks at a name in an open directory, never through a link. `name` ends with a NUL. @returns 0 or a negated errno */
  look(directory: number, name: Uint8Array): number;
}

/** Offsets into struct statx (linux/stat.h), in words. */
export const at = {
  mode: 7,
  inode: 8,
  changeSeconds: 24,
  changeNanoseconds: 26,
  deviceMajor: 34,
  deviceMinor: 35,
} as const;

const structBytes = 256;
/** AT_SYMLINK_NOFOLLOW, AT_NO_AUTOMOUNT. */
const flags = 0x100 | 0x800;
/** STATX_TYPE, STATX_CTIME, STATX_INO. */
const mask = 0x1 | 0x80 | 0x100;

/** @throws Failure `LibcUnavailable` where there is no glibc */
export function makeLooker(): Looker {
  const statx = bindLibc('int statx(int at, const void *path, int flags, unsigned int mask, void *into)');
  const into = Buffer.alloc(structBytes);
  const words = new Uint32Array(into.buffer, into.byteOffset, structBytes >> 2);
  return {
    words,
    look: (directory, name) => (statx(directory, name, flags, mask, into) < 0 ? -lastErrno() : 0),
  };
}

const directoryMode = 0o40000;
const typeMask = 0o170000;

export const isDirectory = (words: Uint32Array): boolean => ((words[at.mode] as number) & typeMask) === directoryMode;

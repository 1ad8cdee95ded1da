import { bindLibc, lastErrno } from './libc.ts';

/** What one look at a name says, in the buffer that every look writes to: no object is made for a file. */
export interface Looker {
  /** The fields of the last look, as 32-bit words by the offsets below. */
  readonly words: Uint32Array;
  /** Looks at a name in an open directory, never through a link. `name` ends with a NUL. @returns 0 or a negated errno */
  look(directory: number, name: Uint8Array): number;
}

export interface OpenLooker extends Looker {
  /** Looks at what a descriptor is open on. @returns 0 or a negated errno */
  lookAtOpen(descriptor: number): number;
}

/** Offsets into struct statx (linux/stat.h), in words. */
export const at = {
  uid: 5,
  gid: 6,
  mode: 7,
  inode: 8,
  size: 10,
  changeSeconds: 24,
  changeNanoseconds: 26,
  modifySeconds: 28,
  modifyNanoseconds: 30,
  deviceMajor: 34,
  deviceMinor: 35,
} as const;

/** What is asked for: type, ctime and inode (STATX_TYPE, STATX_CTIME, STATX_INO). */
export const stateMask = 0x1 | 0x80 | 0x100;
/** Type, mode, owner, mtime and size (STATX_TYPE, _MODE, _UID, _GID, _MTIME, _SIZE). */
export const attributesMask = 0x1 | 0x2 | 0x8 | 0x10 | 0x40 | 0x200;

const structBytes = 256;
const noFollow = 0x100;
const noAutomount = 0x800;
const emptyPath = 0x1000;
const noName = Buffer.from('\0');

/** `mask`: which fields are needed. @throws Failure `LibcUnavailable` where there is no glibc */
export function makeLooker(mask: number): OpenLooker {
  const statx = bindLibc('int statx(int at, const void *path, int flags, unsigned int mask, void *into)');
  const into = Buffer.alloc(structBytes);
  const words = new Uint32Array(into.buffer, into.byteOffset, structBytes >> 2);
  const look = (directory: number, name: Uint8Array, flags: number): number =>
    statx(directory, name, flags, mask, into) < 0 ? -lastErrno() : 0;
  return {
    words,
    look: (directory, name) => look(directory, name, noFollow | noAutomount),
    lookAtOpen: (descriptor) => look(descriptor, noName, emptyPath),
  };
}

const directoryMode = 0o40000;
const typeMask = 0o170000;

/** The type bits of a mode, as in `S_IFREG`. */
export const typeOf = (words: Uint32Array): number => (words[at.mode] as number) & typeMask;

export const isDirectory = (words: Uint32Array): boolean => typeOf(words) === directoryMode;

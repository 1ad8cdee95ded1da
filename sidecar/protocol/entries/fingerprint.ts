import { createHash, type Hash } from 'node:crypto';
import { type BigIntStats, lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../../src/process/failure.ts';
import type { EntryFingerprint } from '../control.ts';

/** What the two sides keep alike, and so what is compared. */
export interface FingerprintOptions {
  readonly permissions: boolean;
  readonly times: boolean;
  readonly owners: boolean;
  /** True for what is neither sent nor compared; gets the path below the root as a binary string. */
  readonly exclude?: (path: string, isDirectory: boolean) => boolean;
}

/** Entries between two turns of the event loop: about 2 ms. */
const batch = 250;

class Vanished extends Error {}

/**
 * What an entry and all that is below it look like from outside, as lstat says: names, types, sizes, times, modes,
 * owners, link targets; never content, inode numbers or link counts. Links are not followed.
 * @param root absolute directory, as a path
 * @param path below `root`, binary string, '' for the root itself
 * @returns null when the entry, or something below, vanished or can't be read. `digest` is `<flags>:<sha256, base64url>`,
 * flags saying which options were on, so that the other side compares the same.
 */
export const fingerprint = async (
  root: string,
  path: string,
  options: FingerprintOptions,
): Promise<EntryFingerprint | null> => {
  const hash = createHash('sha256');
  try {
    const base = Buffer.from(root).toString('latin1');
    const top = inspect(base, path);
    add(hash, base, path, '', top, options);
    if (top.isDirectory()) await addBelow(hash, base, path, options);
    return { type: typeOf(top), digest: `${flagsOf(options)}:${hash.digest('base64url')}` };
  } catch (error) {
    if (error instanceof Vanished) return null;
    throw error;
  }
};

/** Does the entry look as the other side said? Never when times are not kept: size alone says too little. */
export const matchesFingerprint = async (root: string, path: string, expect: EntryFingerprint): Promise<boolean> => {
  const flags = expect.digest.split(':')[0] ?? '';
  if (!/^p?to?$/.test(flags)) return false;
  const options = { permissions: flags.includes('p'), times: true, owners: flags.includes('o') };
  const actual = await fingerprint(root, path, options);
  return actual !== null && actual.type === expect.type && actual.digest === expect.digest;
};

const flagsOf = (options: FingerprintOptions): string =>
  `${options.permissions ? 'p' : ''}${options.times ? 't' : ''}${options.owners ? 'o' : ''}`;

/** Depth first, names in byte order; a stack of our own, for trees may be deeper than the call stack. */
const addBelow = async (hash: Hash, root: string, top: string, options: FingerprintOptions): Promise<void> => {
  const stack = [{ path: top, names: list(root, top), next: 0 }];
  let seen = 0;
  for (let level = stack.at(-1); level; level = stack.at(-1)) {
    const name = level.names[level.next++];
    if (name === undefined) {
      stack.pop();
      hash.update('\x00'); // The end of a directory; no entry's line begins with it.
      continue;
    }
    const path = level.path === '' ? name : `${level.path}/${name}`;
    const stat = inspect(root, path);
    if (options.exclude?.(path, stat.isDirectory())) continue;
    add(hash, root, path, name, stat, options);
    if (stat.isDirectory()) stack.push({ path, names: list(root, path), next: 0 });
    if (++seen % batch === 0) await nextTurn();
  }
};

/** One entry's line: each field ends with a NUL, which no name or target contains. */
const add = (
  hash: Hash,
  root: string,
  path: string,
  name: string,
  stat: BigIntStats,
  options: FingerprintOptions,
): void => {
  const isLink = stat.isSymbolicLink();
  const fields = [
    typeOf(stat)[0],
    name,
    stat.isFile()
      ? stat.size
      : isLink
        ? readLink(root, path)
        : stat.isDirectory()
          ? ''
          : `${stat.mode >> 12n} ${stat.rdev}`,
    options.times ? stat.mtimeNs : '',
    options.permissions && !isLink ? stat.mode & 0o7777n : '',
    options.owners ? `${stat.uid} ${stat.gid}` : '',
  ];
  hash.update(`${fields.join('\x00')}\x00`, 'latin1');
};

const typeOf = (stat: BigIntStats): EntryFingerprint['type'] =>
  stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : stat.isSymbolicLink() ? 'symlink' : 'other';

const bytesOf = (root: string, path: string): Buffer => Buffer.from(path === '' ? root : `${root}/${path}`, 'latin1');

const orVanished = <T>(read: () => T): T => {
  try {
    return read();
  } catch (error) {
    // Whatever can't be read can't be compared: the other side sends it.
    if (errorCode(error) !== '') throw new Vanished();
    throw error;
  }
};

const inspect = (root: string, path: string): BigIntStats =>
  orVanished(() => lstatSync(bytesOf(root, path), { bigint: true }));

const readLink = (root: string, path: string): string => orVanished(() => readlinkSync(bytesOf(root, path), 'latin1'));

const list = (root: string, path: string): string[] =>
  orVanished(() => readdirSync(bytesOf(root, path), 'latin1').sort((a, b) => (a < b ? -1 : 1)));

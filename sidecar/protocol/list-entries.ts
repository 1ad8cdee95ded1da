import { type BigIntStats, type Dir, lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../src/process/failure.ts';
import {
  type DirectoryWish,
  decodeName,
  encodeName,
  type ListedDirectory,
  type ListedEntry,
  maxListedNames,
  partOfName,
} from './verify.ts';

/** Entries between two turns of the event loop: about 1 ms. */
const slice = 200;

/**
 * What a directory holds, as both sides tell it. `directory` is an absolute path as a binary string, which may lead to it by
 * a descriptor; no link below it is followed. Names are told as they are, in no order.
 */
export async function listEntries(
  directory: string,
  { part, names }: Pick<DirectoryWish, 'part' | 'names'>,
  limit = maxListedNames,
): Promise<ListedDirectory> {
  if (names !== undefined) return { entries: await lookAtAll(directory, names.map(decodeName)) };
  const found: string[] = [];
  let count = 0;
  let opened: Dir | undefined;
  try {
    opened = opendirSync(Buffer.from(directory, 'latin1'), { encoding: 'latin1' as BufferEncoding, bufferSize: 512 });
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      if (part !== undefined && partOfName(entry.name, part.of) !== part.index) continue;
      count += 1;
      if (count <= limit) found.push(entry.name);
    }
  } catch (error) {
    const reason = reasons[errorCode(error) ?? ''];
    if (reason === undefined) throw error;
    return { entries: [], reason };
  } finally {
    opened?.closeSync();
  }
  if (count > limit) return { entries: [], reason: 'TooMany', count };
  return { entries: await lookAtAll(directory, found) };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'NotFound',
  ENOTDIR: 'NotDirectory',
  ELOOP: 'NotDirectory',
  EACCES: 'Denied',
  EPERM: 'Denied',
  ENAMETOOLONG: 'NameTooLong',
};

async function lookAtAll(directory: string, names: readonly string[]): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  let seen = 0;
  for (const name of names) {
    const entry = lookAt(directory, name);
    if (entry !== undefined) entries.push(entry);
    seen += 1;
    if (seen % slice === 0) await nextTurn();
  }
  return entries;
}

/** Undefined for what is not there. */
function lookAt(directory: string, name: string): ListedEntry | undefined {
  const path = Buffer.from(`${directory}/${name}`, 'latin1');
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const link = stats.isSymbolicLink() ? { link: readlinkSync(path, 'base64url') } : {};
    return { name: encodeName(name), ...factsOf(stats), ...link };
  } catch (error) {
    if (gone.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** EINVAL: it was a symlink a moment ago. */
const gone: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EINVAL', 'EACCES', 'EPERM', 'ENAMETOOLONG']);

const factsOf = (stats: BigIntStats): Omit<ListedEntry, 'name'> => ({
  type: stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'other',
  size: stats.isFile() ? Number(stats.size) : 0,
  mtime: String(stats.mtimeNs),
  mode: Number(stats.mode & 0o7777n),
  uid: Number(stats.uid),
  gid: Number(stats.gid),
});

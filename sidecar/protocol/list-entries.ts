import { type BigIntStats, type Dir, lstatSync, opendirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../src/process/failure.ts';
import { hashSmallFile } from './hash-small-file.ts';
import { slowDisk } from './slow-disk.ts';
import {
  type DirectoryWish,
  decodeName,
  encodeName,
  type ListedDirectory,
  type ListedEntry,
  maxHashBytes,
  maxListedNames,
  partOfName,
} from './verify.ts';

/** Between two turns of the event loop. */
const turnMs = 2;

/** How much of contents may be read yet, bytes. */
export interface ReadRoom {
  left: number;
}

interface Found {
  readonly name: string;
  /** As far as the directory tells. */
  readonly isFile: boolean;
}

/**
 * What a directory holds, as both sides tell it. `directory` is an absolute path as a binary string, which may lead to it by
 * a descriptor; no link below it is followed. Names are told as they are, in no order.
 */
export async function listEntries(
  directory: string,
  { part, names, content }: Omit<DirectoryWish, 'path'>,
  limit = maxListedNames,
  room: ReadRoom = { left: maxHashBytes },
): Promise<ListedDirectory> {
  if (names !== undefined) {
    const asked = names.map((name) => ({ name: decodeName(name), isFile: false }));
    return { entries: await lookAtAll(directory, asked, room) };
  }
  const found: Found[] = [];
  let count = 0;
  let opened: Dir | undefined;
  try {
    opened = opendirSync(Buffer.from(directory, 'latin1'), { encoding: 'latin1' as BufferEncoding, bufferSize: 512 });
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      if (part !== undefined && partOfName(entry.name, part.of) !== part.index) continue;
      count += 1;
      if (count <= limit) found.push({ name: entry.name, isFile: content === true && entry.isFile() });
    }
  } catch (error) {
    const reason = reasons[errorCode(error) ?? ''];
    if (reason === undefined) throw error;
    return { entries: [], reason };
  } finally {
    opened?.closeSync();
  }
  if (count > limit) return { entries: [], reason: 'TooMany', count };
  return { entries: await lookAtAll(directory, found, room) };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'NotFound',
  ENOTDIR: 'NotDirectory',
  ELOOP: 'NotDirectory',
  EACCES: 'Denied',
  EPERM: 'Denied',
  ENAMETOOLONG: 'NameTooLong',
};

async function lookAtAll(directory: string, found: readonly Found[], room: ReadRoom): Promise<ListedEntry[]> {
  const entries: ListedEntry[] = [];
  let turnAt = performance.now();
  for (const { name, isFile } of found) {
    const entry = (isFile ? readAt(directory, name, room) : undefined) ?? lookAt(directory, name);
    if (entry !== undefined) entries.push(entry);
    if (performance.now() - turnAt < turnMs) continue;
    await nextTurn();
    turnAt = performance.now();
  }
  return entries;
}

/** Undefined where lstat has to tell: where the disk is slow, threads read it afterwards. */
function readAt(directory: string, name: string, room: ReadRoom): ListedEntry | undefined {
  if (slowDisk.isSlow()) return undefined;
  const file = hashSmallFile(Buffer.from(`${directory}/${name}`, 'latin1'), room.left);
  if (file === undefined) return undefined;
  const facts = { name: encodeName(name), ...factsOf(file.stats) };
  if (file.hash === undefined) return facts;
  room.left -= facts.size;
  return { ...facts, hash: file.hash };
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

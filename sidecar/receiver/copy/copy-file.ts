import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream, fstatSync, linkSync, lstatSync } from 'node:fs';
import { chmod, copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../../src/process/failure.ts';
import { errnoOf, lastErrno } from '../../../src/process/system/libc.ts';
import type { FileCopy } from '../../protocol/copy.ts';
import {
  beneathCalls,
  cString,
  isThere,
  makeBeneath,
  openBeneath,
  reasonOfErrno,
  splitPath,
} from '../beneath/open-beneath.ts';
import { setAttributes } from '../history/roll-back/set-attributes.ts';

export interface CopyPlaces {
  /** The replica. */
  readonly data: string;
  /** A directory of the volume's state, on the same file system. */
  readonly temporary: string;
}

/** Not waiting for a FIFO that has the name. */
const openFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | 0o2000000;

/**
 * Copies one file to a name that nothing has, once its content is proven to be what it has to be: nobody sees it before. Never
 * leaves the replica. @returns null, or in one word why not
 */
export async function copyFileBeneath(
  { data, temporary }: CopyPlaces,
  copy: FileCopy,
  requireEpoch: () => void,
): Promise<string | null> {
  const [source, target] = [splitPath(decode(copy.from)), splitPath(decode(copy.to))];
  if (source === null || target === null) return 'BadPath';
  if (hasEntry(data, target)) return 'Exists';
  const from = openFile(data, source);
  if (from < 0) return reasonOfErrno(-from);
  const place = join(temporary, `copy-${randomUUID()}`);
  try {
    const stat = fstatSync(from);
    if (!stat.isFile() || stat.size !== copy.size) return 'Differs';
    await copyFile(`/proc/self/fd/${from}`, place, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    await chmod(place, 0o600);
    if ((await digestOf(place)) !== copy.digest) return 'Differs';
    const now = lstatSync(place, { bigint: true });
    const owner = { uid: Number(now.uid), gid: Number(now.gid) };
    const attributes = { ...owner, mode: Number(now.mode), size: copy.size, mtimeNs: BigInt(copy.mtime) };
    setAttributes(Buffer.from(place), attributes, now);
    requireEpoch();
    return putInPlace(place, data, target);
  } catch (error) {
    const code = errorCode(error);
    if (errnoOf(code) < 0) throw error;
    return reasonOfErrno(errnoOf(code));
  } finally {
    beneathCalls().close(from);
    await rm(place, { force: true });
  }
}

type Place = NonNullable<ReturnType<typeof splitPath>>;

const decode = (path: string): string => Buffer.from(path, 'base64url').toString('latin1');

function hasEntry(data: string, { parents, name }: Place): boolean {
  const parent = openBeneath(data, parents);
  if (parent < 0) return false;
  const there = isThere(parent, name);
  beneathCalls().close(parent);
  return there;
}

/** A descriptor, or the errno negated. */
function openFile(data: string, { parents, name }: Place): number {
  const { openat, close } = beneathCalls();
  const parent = openBeneath(data, parents);
  if (parent < 0) return parent;
  const file: number = openat(parent, cString(name), openFlags);
  const errno = file < 0 ? lastErrno() : 0;
  close(parent);
  return file < 0 ? -errno : file;
}

/** A link, which replaces nothing; directories that are missing on the way are made, for they may be as new as the name. */
function putInPlace(place: string, data: string, { parents, name }: Place): string | null {
  const parent = makeBeneath(data, parents);
  if (parent < 0) return reasonOfErrno(-parent);
  try {
    linkSync(place, Buffer.from(`/proc/self/fd/${parent}/${name}`, 'latin1'));
    return null;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return 'Exists';
    throw error;
  } finally {
    beneathCalls().close(parent);
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest('base64url');
}

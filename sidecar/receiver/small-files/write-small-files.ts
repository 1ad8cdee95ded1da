import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fchmodSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errorCode } from '../../../src/process/failure.ts';
import { bindLibc, errnoOf, type LibcFunction, lastErrno } from '../../../src/process/system/libc.ts';
import { attributeNames } from '../../protocol/entries/attribute-names.ts';
import { stateDirectory, temporaryDirectory } from '../../protocol/receiver-layout.ts';
import type {
  SmallDirectory,
  SmallFile,
  SmallFilesAnswer,
  SmallFilesRequest,
  SmallResult,
} from '../../protocol/small-files.ts';
import { beneathCalls, cString, openBeneath, reasonOfErrno, splitPath } from '../beneath/open-beneath.ts';
import type { VolumeDirectory } from '../volume/volume-directory.ts';

/** Files between two turns of the event loop: about 2 ms. */
const slice = 16;

/**
 * Puts files into the replica, each by a rename from the volume's own temporary directory. `requireEpoch` is asked before each
 * rename: an epoch may end meanwhile. A file whose directory's time can't be set counts as not written, so that rsync says why.
 */
export const writeSmallFiles = async (
  { root, data }: Pick<VolumeDirectory, 'root' | 'data'>,
  request: SmallFilesRequest,
  requireEpoch: () => void,
): Promise<SmallFilesAnswer> => {
  const temporary = openBeneath(root, temporaryDirectory.split('/'));
  if (temporary < 0) throw new Error(`open ${stateDirectory} of the volume: ${reasonOfErrno(-temporary)}`);
  try {
    const written: { readonly directory: string; readonly reason: string | null }[] = [];
    for (const file of request.files) {
      if (written.length % slice === slice - 1) await nextTurn();
      const path = decode(file.path);
      const reason = writeFile(temporary, data, path, file, requireEpoch);
      written.push({ directory: path.slice(0, Math.max(0, path.lastIndexOf('/'))), reason });
    }
    requireEpoch();
    const refused = new Map<string, string>();
    for (const directory of request.directories) {
      const reason = setDirectory(data, decode(directory.path), directory);
      if (reason !== null) refused.set(decode(directory.path), reason);
    }
    return {
      results: written.map(({ directory, reason }) => resultOf(reason ?? refused.get(directory))),
      directories: request.directories.map(({ path }) => resultOf(refused.get(decode(path)))),
    };
  } finally {
    beneathCalls().close(temporary);
  }
};

/** @returns null, or in one word why nothing was changed */
const writeFile = (
  temporary: number,
  data: string,
  path: string,
  file: SmallFile,
  requireEpoch: () => void,
): string | null => {
  const parts = splitPath(path);
  if (!parts) return 'BadPath';
  const parent = openBeneath(data, parts.parents);
  if (parent < 0) return reasonOfErrno(-parent);
  const name = `small.${randomBytes(12).toString('hex')}`;
  const place = `/proc/self/fd/${temporary}/${name}`;
  let isThere = false;
  try {
    const fd = openSync(place, 'wx', 0o600);
    isThere = true;
    try {
      const content = Buffer.from(file.content, 'base64url');
      for (let done = 0; done < content.length; ) done += writeSync(fd, content, done);
      fchmodSync(fd, file.mode);
    } finally {
      closeSync(fd);
    }
    const late = setTime(temporary, name, BigInt(file.mtimeNs));
    if (late !== null) return late;
    requireEpoch();
    if (beneathCalls().renameat(temporary, cString(name), parent, cString(parts.name)) !== 0)
      return reasonOfErrno(lastErrno());
    isThere = false;
    return null;
  } catch (error) {
    const errno = errnoOf(errorCode(error));
    if (errno < 0) throw error;
    return reasonOfErrno(errno);
  } finally {
    if (isThere) unlinkSync(place);
    beneathCalls().close(parent);
  }
};

const resultOf = (reason: string | undefined): SmallResult =>
  reason === undefined ? { written: true } : { written: false, reason };

const setDirectory = (data: string, path: string, { mtimeNs, mode }: SmallDirectory): string | null => {
  const parts = path === '' ? { parents: [], name: '' } : splitPath(path);
  if (!parts) return 'BadPath';
  const directory = openBeneath(data, path === '' ? [] : [...parts.parents, parts.name]);
  if (directory < 0) return reasonOfErrno(-directory);
  try {
    // Of what was opened, whatever has its name by now.
    const place = `/proc/self/fd/${directory}`;
    // The source's has none: a run of rsync takes these away.
    if (mode !== undefined && hasAttributes(place)) return 'HasAttributes';
    if (mode !== undefined) chmodSync(place, mode);
    return setTime(directory, '.', BigInt(mtimeNs));
  } catch (error) {
    const errno = errnoOf(errorCode(error));
    if (errno < 0) throw error;
    return reasonOfErrno(errno);
  } finally {
    beneathCalls().close(directory);
  }
};

/** Those that rsync keeps without being told to keep ACLs; also where it can't be told. */
const hasAttributes = (path: string): boolean =>
  attributeNames(path)?.some((name) => !name.startsWith('system.')) ?? true;

let utimensat: LibcFunction | undefined;
const noFollow = 0x100;
const second = 1_000_000_000n;

/** Of a name in an open directory, which is followed nowhere. @returns null, or why not */
const setTime = (at: number, name: string, ns: bigint): string | null => {
  utimensat ??= bindLibc('int utimensat(int at, const void *path, const void *times, int flags)');
  const fraction = ((ns % second) + second) % second;
  const time = [(ns - fraction) / second, fraction];
  const both = Buffer.from(new BigInt64Array([...time, ...time] as bigint[]).buffer);
  return utimensat(at, cString(name), both, noFollow) === 0 ? null : reasonOfErrno(lastErrno());
};

const decode = (text: string): string => Buffer.from(text, 'base64url').toString('latin1');

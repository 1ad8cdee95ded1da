import type { SyncSettings } from '../../../src/api/replication-settings.ts';
import { type SmallFile, type SmallFilesRequest, smallFileLimits } from '../../protocol/small-files.ts';
import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import type { Link } from '../link/link.ts';
import { readDirectoryTime, readSmallFile } from './read-small-file.ts';
import type { SmallWay } from './small-run.ts';

/** Undefined where rsync alone keeps what is to be kept, or holds what is to be held. `source` is a binary string. */
export const findSmallWay = (
  { control, takesSmallFiles, epoch }: Pick<Link, 'control' | 'takesSmallFiles' | 'epoch'>,
  { preserve, bandwidthLimit }: Pick<SyncSettings, 'preserve' | 'bandwidthLimit'>,
  source: string,
): SmallWay | undefined => {
  const { permissions, times, owners, acls, xattrs } = preserve;
  if (!takesSmallFiles || !control || !permissions || !times || owners || acls || bandwidthLimit !== undefined)
    return undefined;
  return {
    read: (paths) => readAll(source, paths, xattrs),
    send: async (paths, request) => {
      const { results } = await control.writeSmallFiles({ epoch, ...request });
      return paths.filter((_, index) => !results[index]?.written);
    },
  };
};

const readAll = (
  source: string,
  paths: readonly RelPath[],
  xattrs: boolean,
): Omit<SmallFilesRequest, 'epoch'> | undefined => {
  if (paths.length > smallFileLimits.files) return undefined;
  const files: SmallFile[] = [];
  let left = smallFileLimits.requestBytes;
  for (const path of paths) {
    const file = path === '' ? undefined : readSmallFile(source, path, { xattrs });
    if (file === undefined) return undefined;
    const { bytes, ...rest } = file;
    left -= bytes;
    if (left < 0) return undefined;
    files.push({ path: encode(path), ...rest });
  }
  const directories: { path: string; mtimeNs: string }[] = [];
  for (const path of new Set(paths.map(parentOf))) {
    const mtimeNs = readDirectoryTime(source, path);
    if (mtimeNs === undefined) return undefined;
    directories.push({ path: encode(path), mtimeNs });
  }
  return { files, directories };
};

const encode = (path: RelPath): string => Buffer.from(path, 'latin1').toString('base64url');

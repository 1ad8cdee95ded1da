import type { SyncSettings } from '../../../src/api/settings/replication-settings.ts';
import {
  type SmallDirectory,
  type SmallFile,
  type SmallFilesRequest,
  type SmallResult,
  smallFileLimits,
} from '../../protocol/small-files.ts';
import type { RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import type { Link } from '../link/link.ts';
import { makeSmallReader, type SmallReader } from './read-small-file.ts';
import type { SmallWay } from './small-run.ts';

/** Undefined where rsync alone keeps what is to be kept, or holds what is to be held. `source` is a binary string. */
export const findSmallWay = (
  { control, takesSmallFiles, epoch }: Pick<Link, 'control' | 'takesSmallFiles' | 'epoch'>,
  { preserve, bandwidthLimit }: Pick<SyncSettings, 'preserve' | 'bandwidthLimit'>,
  source: string,
  reader: SmallReader = makeSmallReader(source, preserve),
): SmallWay | undefined => {
  const { permissions, times, owners, acls } = preserve;
  if (!takesSmallFiles || !control || !permissions || !times || owners || acls || bandwidthLimit !== undefined)
    return undefined;
  return {
    read: (paths) => readAll(reader, paths),
    send: async (paths, request) => {
      const answer = await control.writeSmallFiles({ epoch, ...request });
      const written = new Set<string>();
      const note = (entries: readonly { readonly path: string }[], results: readonly SmallResult[]): void =>
        entries.forEach(({ path }, index) => {
          if (results[index]?.written) written.add(path);
        });
      note(request.files, answer.results);
      note(request.directories, answer.directories);
      return paths.filter((path) => !written.has(encode(path)));
    },
  };
};

const readAll = async (
  reader: SmallReader,
  paths: readonly RelPath[],
): Promise<Omit<SmallFilesRequest, 'epoch'> | undefined> => {
  if (paths.length > smallFileLimits.files) return undefined;
  const files: SmallFile[] = [];
  const directories = new Map<RelPath, SmallDirectory>();
  let left = smallFileLimits.requestBytes;
  for (const path of paths) {
    const entry = await reader.entry(path);
    if (entry === undefined) return undefined;
    const { mode, mtimeNs } = entry;
    if (entry.kind === 'directory') {
      directories.set(path, { path: encode(path), mode, mtimeNs });
      continue;
    }
    left -= entry.bytes;
    if (left < 0) return undefined;
    files.push({ path: encode(path), content: entry.content, mode, mtimeNs });
  }
  // As rsync does of each name in a list: a directory may have come there a moment ago too, and changed the time of the one above.
  for (const path of new Set(paths.filter((path) => path !== '').map(parentOf))) {
    const mtimeNs = await reader.directoryTime(path);
    if (mtimeNs === undefined) return undefined;
    directories.set(path, { ...directories.get(path), path: encode(path), mtimeNs });
  }
  // What is in another comes before it: setting a mode may close the way.
  const deepFirst = [...directories.values()].sort((a, b) => b.path.length - a.path.length);
  return { files, directories: deepFirst };
};

const encode = (path: RelPath): string => Buffer.from(path, 'latin1').toString('base64url');

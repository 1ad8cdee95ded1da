import { outlastShortage } from '../../../src/process/shortage.ts';
import { hashPiece } from '../../protocol/entries/hash-piece.ts';
import { listEntries } from '../../protocol/entries/list-entries.ts';
import { lookFailure } from '../../protocol/entries/look-at-entry.ts';
import {
  decodeName,
  type HashAnswer,
  type HashedPiece,
  type HashRequest,
  type ListAnswer,
  type ListedDirectory,
  type ListRequest,
  maxHashBytes,
  maxListedNames,
} from '../../protocol/verify.ts';
import { beneathCalls, openBeneath, reasonOfErrno, splitPath } from '../beneath/open-beneath.ts';

/**
 * Lists directories of the replica `root` for a comparison. Each is reached from the one above without following a link, so
 * that nothing outside is ever told of.
 */
export const answerList = async (root: string, request: ListRequest): Promise<ListAnswer> => {
  const directories: ListedDirectory[] = [];
  // One answer holds so many names, however many directories it is about.
  let room = maxListedNames;
  const toRead = { left: maxHashBytes };
  for (const { path, names, ...wish } of request.directories) {
    const plain = names?.filter((name) => isPlainName(decodeName(name)));
    const listed = await within(root, namesOf(decodeName(path)), { entries: [] }, (directory) =>
      listEntries(directory, { ...wish, ...(plain === undefined ? {} : { names: plain }) }, room, toRead),
    );
    room -= listed.entries.length;
    directories.push(listed);
  }
  return { directories };
};

/** Hashes pieces of files of the replica `root`, one after the other. */
export const answerHash = async (root: string, request: HashRequest): Promise<HashAnswer> => {
  const pieces: HashedPiece[] = [];
  for (const { path, from, length } of request.pieces) {
    const place = splitPath(decodeName(path));
    pieces.push(
      await within(root, place?.parents ?? null, {}, (directory) =>
        hashPiece(`${directory}/${place?.name}`, from, length),
      ),
    );
  }
  return { pieces };
};

/** Null for what is no plain path; the root is reached by no name. */
const namesOf = (path: string): readonly string[] | null => {
  if (path === '') return [];
  const place = splitPath(path);
  return place && [...place.parents, place.name];
};

const isPlainName = (name: string): boolean => splitPath(name)?.parents.length === 0;

/**
 * Works in a directory of the replica, which is given as a path that can't be led astray; `nothing` goes with the reason why not.
 * While the process is short of open files it waits. @throws where nothing can be told of it
 */
const within = async <T, N>(
  root: string,
  names: readonly string[] | null,
  nothing: N,
  work: (directory: string) => Promise<T>,
): Promise<T | (N & { reason: string })> => {
  if (names === null) return { ...nothing, reason: 'BadPath' };
  return outlastShortage(async () => {
    const fd = openBeneath(root, names);
    if (fd < 0) {
      const reason = reasonOfErrno(-fd);
      if (!told.has(reason)) throw lookFailure(fd, names.join('/'));
      return { ...nothing, reason };
    }
    try {
      return await work(`/proc/self/fd/${fd}`);
    } finally {
      beneathCalls().close(fd);
    }
  });
};

/** What is not there, or not to be reached by anybody. */
const told: ReadonlySet<string> = new Set(['NotFound', 'NotDirectory', 'Denied', 'NameTooLong']);

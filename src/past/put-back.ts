import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodePath, namesOf, readPieces } from '../../sidecar/protocol/entries/past-pieces.ts';
import type { Unpacked } from '../../sidecar/protocol/entries/unpack-past.ts';
import type { PastAnswer, PastHead } from '../../sidecar/protocol/past/history.ts';
import { stateDirectory } from '../../sidecar/protocol/receiver-layout.ts';
import { errorCode, errorMessage, Failure } from '../process/failure.ts';
import { PlacedTree } from './placed-tree.ts';

/**
 * Puts what `history-read` answers where it was below a directory that is there: the source's, whose agent sends it like any
 * change. A file comes by a rename, so nobody sees half of it. What was made since stays; a directory is never removed.
 * @throws Failure `NoDirectory`, `CutShort`
 */
export const putBack = async (stream: AsyncIterable<Buffer>, directory: string): Promise<Unpacked> => {
  const root = openRoot(directory);
  const tree = new PlacedTree(root);
  const missing: { path: string; reason: string }[] = [];
  const directories: (PastHead & { kind: 'directory' })[] = [];
  let about: PastAnswer | undefined;
  let left = 0;
  let entries = 0;
  let current = '';
  const attempt = (coded: string, work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      tree.dropFile();
      missing.push({ path: decodePath(coded), reason: errorCode(error) || errorMessage(error) });
    }
  };
  const begin = (head: PastHead): void => {
    if (head.kind === 'begin') about = head;
    else if (head.kind === 'missing') missing.push({ path: decodePath(head.path), reason: head.reason });
    else if (head.kind === 'link') attempt(head.path, () => tree.link(namesOf(head.path), namesOf(head.of)));
    else if (head.kind === 'symlink')
      attempt(head.path, () => tree.symlink(namesOf(head.path), Buffer.from(head.target, 'base64url'), head));
    else if (head.kind === 'directory') {
      attempt(head.path, () => tree.directory(namesOf(head.path)));
      directories.push(head);
    } else if (head.kind === 'file') {
      current = head.path;
      left = head.size;
      attempt(current, () => tree.beginFile(namesOf(head.path), head));
    }
  };
  try {
    for await (const { head, bytes } of readPieces(stream)) {
      if (head?.kind === 'end') {
        entries = head.entries;
        break;
      }
      if (head) begin(head);
      else {
        left -= bytes.length;
        attempt(current, () => tree.write(bytes));
      }
      if (left === 0 && tree.hasFile) attempt(current, () => tree.finishFile());
    }
    if (entries === 0 || !about)
      throw new Failure('CutShort', `restore into ${directory}: the receiver stopped in the middle`, {
        hint: 'its log says why; what has been put back so far is there, and doing it again goes on',
      });
    for (const head of directories.reverse()) attempt(head.path, () => tree.finishDirectory(namesOf(head.path), head));
    return { moment: about.moment, gaps: about.gaps, ...missedOf(about), entries, missing };
  } finally {
    tree.close();
    closeSync(root);
  }
};

const missedOf = ({ missed }: PastAnswer): Pick<PastAnswer, 'missed'> => (missed === undefined ? {} : { missed });

const openRoot = (directory: string): number => {
  if (isReplicaOfSource(directory))
    throw new Failure('IsReplica', `restore into ${directory}: that is the replica itself, which its source replaces`, {
      hint: 'put it back at the source, whose agent sends it; the replica as a whole goes back by --in-place',
    });
  try {
    return openSync(directory, 'r');
  } catch (cause) {
    throw new Failure('NoDirectory', `restore into ${directory}: ${errorMessage(cause)}`, {
      cause,
      hint: 'give the directory that is replicated, on the machine where it is; for a new one use --to',
    });
  }
};

/** One that is promoted takes nothing from its source any more. */
const isReplicaOfSource = (directory: string): boolean => {
  const lease = join(directory, '..', stateDirectory, 'lease.json');
  return existsSync(lease) && (JSON.parse(readFileSync(lease, 'utf8')) as { promoted?: unknown }).promoted == null;
};

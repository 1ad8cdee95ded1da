import { decodeName, type ListedDirectory, partOfName } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { type AlikeFile, compareLists, type FoundDifference } from '../judge/compare-lists.ts';
import { compareContent } from '../judge/compare-names.ts';
import type { CompareRules } from '../judge/judge-entry.ts';
import type { Piece } from '../judge/suspects.ts';
import type { Pace } from '../pace.ts';
import type { VerifyAccess } from '../verify-access.ts';
import type { SourceReader } from './source-reader.ts';
import type { TargetView } from './target-view.ts';
import { type WalkedDirectory, walkChunks } from './walk-chunks.ts';

export interface WalkContext {
  readonly access: Pick<VerifyAccess, 'filter'>;
  /** Directories that are looked into; absent: all of the source. */
  readonly only?: readonly RelPath[] | undefined;
  readonly view: TargetView;
  readonly rules: CompareRules;
  readonly reader: SourceReader;
  readonly withContent: boolean;
  readonly pace: Pace;
  readonly signal: AbortSignal;
  readonly onDifference: (found: FoundDifference) => void;
  readonly onCompared: (entries: number, bytes: number) => void;
  /** After each chunk. @returns false to end here */
  readonly goOn: () => Promise<boolean>;
}

type PieceOfFile = Piece & { readonly path: RelPath };

const pieceBytes = 16 * 1024 * 1024;
const batchBytes = 32 * 1024 * 1024;
const batchPieces = 250;
/** Names that a target is asked for at once of a directory that it has more of than the source. */
const partNames = 4_000;

/** Goes through the source and compares it with a receiver's replica, chunk by chunk. @returns false when it was cut short */
export async function walkWithReceiver(context: WalkContext): Promise<boolean> {
  const { access, view, rules, reader, withContent, pace, signal, onDifference, onCompared, goOn } = context;
  let waiting: PieceOfFile[] = [];
  let waitingBytes = 0;
  const hashWaiting = async (): Promise<void> => {
    const batch = waiting;
    const bytes = waitingBytes;
    waiting = [];
    waitingBytes = 0;
    if (batch.length === 0) return;
    for (const { path, from, length } of await compareContent(batch, view, reader))
      onDifference({ path, kind: 'content', piece: { from, length } });
    onCompared(0, bytes);
    await pace.rest(bytes, signal);
  };
  const compareAlike = async ({ path, size }: AlikeFile): Promise<void> => {
    for (let from = 0; from < size && !signal.aborted; from += pieceBytes) {
      const length = Math.min(pieceBytes, size - from);
      waiting.push({ path, from, length });
      waitingBytes += length;
      if (waitingBytes >= batchBytes || waiting.length >= batchPieces) await hashWaiting();
    }
  };
  const compareChunk = async ({ chunk, listing }: AskedChunk): Promise<boolean> => {
    const alike: AlikeFile[] = [];
    let read = 0;
    const listed = await listing;
    for (const [index, walked] of chunk.entries()) {
      let bytes = 0;
      for await (const [mine, theirs] of pairUp(walked, listed[index], view)) {
        if (theirs.reason !== undefined) continue;
        const compared = compareLists(walked.path, mine.entries, theirs.entries, { ...rules, filter: access.filter });
        for (const found of compared.differences) onDifference(found);
        for (const file of compared.alike) alike.push(file);
        bytes += compared.bytes;
      }
      onCompared(walked.entries.length, bytes);
      read += bytes;
    }
    if (withContent) for (const file of alike) await compareAlike(file);
    await pace.rest(read, signal);
    return !signal.aborted && (await goOn());
  };
  let asked: AskedChunk | undefined;
  for await (const chunk of walkChunks({ reader, filter: access.filter, only: context.only, withContent })) {
    const listing = view.list(chunk);
    // Told where it is waited for.
    listing.catch(() => {});
    // While the target reads, so does this side; what only looks is compared at once.
    const before: AskedChunk | undefined = withContent ? asked : { chunk, listing };
    asked = withContent ? { chunk, listing } : undefined;
    if (before !== undefined && !(await compareChunk(before))) return false;
  }
  if (asked !== undefined && !(await compareChunk(asked))) return false;
  await hashWaiting();
  return !signal.aborted;
}

/** What the source has, and what the target was asked for. */
interface AskedChunk {
  readonly chunk: readonly WalkedDirectory[];
  readonly listing: Promise<readonly ListedDirectory[]>;
}

/**
 * Both sides of one directory. That it is missing at the target is told by what the directory above it holds; where the target
 * has more than one answer takes, both are parted alike.
 */
async function* pairUp(
  walked: WalkedDirectory,
  listed: ListedDirectory | undefined,
  view: TargetView,
): AsyncGenerator<readonly [WalkedDirectory, ListedDirectory]> {
  if (listed === undefined) return;
  if (listed.reason !== 'TooMany') {
    yield [walked, listed];
    return;
  }
  const { index, of } = walked.part ?? { index: 0, of: 1 };
  const more = Math.max(1, Math.ceil((listed.count ?? partNames) / partNames));
  for (let at = 0; at < more; at += 1) {
    const part = { index: index + of * at, of: of * more };
    const entries = walked.entries.filter(({ name }) => partOfName(decodeName(name), part.of) === part.index);
    const mine = { ...walked, part, entries };
    const [theirs] = await view.list([mine]);
    // A part in which names gather all the same is left to the pass.
    if (theirs !== undefined) yield [mine, theirs];
  }
}

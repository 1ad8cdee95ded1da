import type { HashedPiece } from '../../../protocol/verify.ts';
import type { RelPath } from '../../changes/change.ts';
import { Comparison } from '../../pass/comparison.ts';
import { encodeFileList } from '../../rsync/file-list.ts';
import { parseItem } from '../../rsync/itemize.ts';
import type { SourceView } from '../../source/source-view.ts';
import type { FoundDifference } from '../judge/compare-lists.ts';
import type { CompareNames, Difference } from '../judge/second-look.ts';
import type { VerifyAccess } from '../verify-access.ts';
import type { SourceReader } from './source-reader.ts';

const atOnce = 500;

/** Compares all there is with a plain daemon's module: a dry run that reads all content. @returns false when it was cut short */
export async function walkWithRsyncd(context: {
  readonly access: Pick<VerifyAccess, 'startChecksums'>;
  readonly signal: AbortSignal;
  readonly onDifference: (found: FoundDifference) => void;
  readonly onCompared: (entries: number, bytes: number) => void;
}): Promise<boolean> {
  const { access, signal, onDifference, onCompared } = context;
  const comparison = new Comparison({
    start: (onOutput) => access.startChecksums(false, onOutput),
    subtrees: [''],
  });
  const close = (): void => comparison.close();
  signal.addEventListener('abort', close);
  try {
    for (let some = await comparison.next(atOnce); some.length > 0; some = await comparison.next(atOnce)) {
      for (const { path, kind } of some) {
        // The root itself is nobody's entry.
        if (path !== '') onDifference({ path, kind: kind === 'attributes' ? 'mode' : 'content' });
      }
    }
    const { outcome, stats } = await comparison.result;
    if (outcome !== 'ok' && outcome !== 'partial') return false;
    for (const { path } of comparison.deletions.without([])) onDifference({ path, kind: 'extra' });
    onCompared(stats.files, 0);
    return true;
  } finally {
    signal.removeEventListener('abort', close);
    comparison.close();
  }
}

/**
 * Compares names with what a plain daemon has, content too. What can't be read says nothing, though to rsync it differs; and what is listed is
 * compared although it is excluded as what it is now, so that what has its name at the target is too much.
 */
export const compareWithRsyncd =
  (
    access: Pick<VerifyAccess, 'startChecksums' | 'filter'>,
    source: Pick<SourceView, 'look'>,
    reader: Pick<SourceReader, 'hash'>,
  ): CompareNames =>
  async (suspects) => {
    const asked = new Set<RelPath>(suspects.map(({ path }) => path));
    const differences = new Map<RelPath, Difference>();
    let rest = '';
    const run = access.startChecksums(true, (chunk) => {
      const lines = (rest + chunk.toString('latin1')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const item = parseItem(line);
        if (item === undefined || !asked.has(item.path)) continue;
        const isExcluded = access.filter.excludes(item.path, source.look(item.path).kind === 'directory');
        const kind = item.kind === 'delete' || isExcluded ? 'extra' : item.kind === 'attributes' ? 'mode' : 'content';
        differences.set(item.path, { kind, mark: line, needsDeletion: kind === 'extra' });
      }
    });
    const { outcome, message } = await run.feed(encodeFileList([...asked]));
    if (outcome !== 'ok' && outcome !== 'partial') throw new Error(`compare names: ${message}`);
    for (const [path, { kind }] of differences)
      if (kind === 'content' && isDenied(await reader.hash(path, 0, 1))) differences.delete(path);
    return differences;
  };

const isDenied = (piece: HashedPiece): boolean => 'reason' in piece && piece.reason === 'Denied';

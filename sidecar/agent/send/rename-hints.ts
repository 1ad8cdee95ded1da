import type { PreserveSettings } from '../../../src/api/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { EntryFingerprint } from '../../protocol/control.ts';
import type { ControlClient } from '../../protocol/control-client.ts';
import type { RelPath } from '../changes/change.ts';
import { acquireInTime, type HeldLocks, type PathLocks } from '../locks/path-locks.ts';
import type { PendingBatch } from '../pending/pending-batch.ts';
import { namesInDoubt } from '../pending/rename-list.ts';
import type { SourceView } from '../source/source-view.ts';

/** What is left to do after the renames of a batch were tried at the target. */
export interface HintOutcome {
  readonly content: readonly RelPath[];
  readonly replaced: readonly RelPath[];
  readonly deletes: readonly RelPath[];
  /** Directories to compare. */
  readonly subtrees: readonly RelPath[];
  readonly renamed: number;
}

export interface HintContext {
  /** Undefined where the target takes no hints, or nothing may go there. */
  readonly control: ControlClient | undefined;
  readonly epoch: number;
  readonly locks: PathLocks;
  readonly source: SourceView;
  readonly filter: Filter;
  readonly preserve: PreserveSettings;
}

/** Has the receiver rename what was renamed here, and says what must be sent nevertheless. */
export async function tryRenames(batch: PendingBatch, context: HintContext): Promise<HintOutcome> {
  const { renames, moved } = batch;
  const { control } = context;
  const notRenamed = (): HintOutcome => judge(batch, new Set(renames.keys()), new Set(), 0);
  if (control === undefined) return notRenamed();
  const awaited = new Set(moved.map(({ path }) => path));
  const expected = new Map<RelPath, EntryFingerprint>();
  for (const path of awaited) {
    const expect = await expectation(path, context);
    if (expect !== null) expected.set(path, expect);
  }
  const last = new Map(renames.map(({ path }, index) => [path, index]));
  const held = await lockNames(renames, context.locks);
  if (held === undefined) return notRenamed();
  const { results } = await control
    .rename({
      epoch: context.epoch,
      renames: renames.map(({ from, path }, index) => {
        const expect = last.get(path) === index ? expected.get(path) : undefined;
        return { from: encode(from), to: encode(path), ...(expect === undefined ? {} : { expect }) };
      }),
    })
    .finally(() => held.release());
  const failed = new Set<number>();
  const matching = new Set<RelPath>();
  const mayBeOther = findReused(renames, context.source);
  results.forEach(({ renamed, matches }, index) => {
    if (!renamed) failed.add(index);
    const path = renames[index]?.path;
    if (matches && path !== undefined && !mayBeOther(index)) matching.add(path);
  });
  return judge(batch, failed, matching, renames.length - failed.size);
}

/**
 * A run may send other names of its files below what is renamed: a target with a history was told what is there before it, and a
 * directory that it makes there would be in the way.
 */
const lockNames = (renames: PendingBatch['renames'], locks: PathLocks): Promise<HeldLocks | undefined> =>
  acquireInTime(
    locks,
    renames.flatMap(({ from, path }) => [from, path]).map((path) => ({ path, mode: 'X' })),
  );

/**
 * Names that another file had right after: the target may have got that one under the name, and size and time, which may be of one
 * tick, don't tell. @returns whether it is so of a rename, by its index
 */
function findReused(
  renames: PendingBatch['renames'],
  source: Pick<SourceView, 'look' | 'tickMs'>,
): (index: number) => boolean {
  const last = new Map(renames.map(({ from }, index) => [from, index]));
  return (index) => {
    const { from, path } = renames[index] as PendingBatch['renames'][number];
    const [moved, there] = [source.look(path), source.look(from)];
    if (moved.kind !== 'file') return false;
    if (there.kind !== 'file') return last.get(from) !== index;
    return there.size === moved.size && Math.abs(there.modifiedAt - moved.modifiedAt) <= source.tickMs;
  };
}

function judge(
  batch: PendingBatch,
  failed: ReadonlySet<number>,
  matching: ReadonlySet<RelPath>,
  renamed: number,
): HintOutcome {
  const inDoubt = namesInDoubt(batch.renames, failed);
  const content: RelPath[] = [];
  const replaced: RelPath[] = [];
  const subtrees: RelPath[] = [];
  for (const { path, isDirectory } of batch.moved) {
    if (inDoubt(path)) replaced.push(path);
    else if (!matching.has(path)) (isDirectory ? subtrees : content).push(path);
  }
  return { content, replaced, subtrees, renamed, deletes: batch.movedAway.filter(inDoubt) };
}

async function expectation(path: RelPath, context: HintContext): Promise<EntryFingerprint | null> {
  const { source, filter, preserve } = context;
  return source.fingerprint(path, {
    permissions: preserve.permissions,
    times: preserve.times,
    owners: preserve.owners,
    exclude: (below, isDirectory) => filter.excludes(below, isDirectory),
  });
}

function encode(path: RelPath): string {
  return Buffer.from(path, 'latin1').toString('base64url');
}

import type { PreserveSettings } from '../../../src/api/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { EntryFingerprint } from '../../protocol/control.ts';
import type { ControlClient } from '../../protocol/control-client.ts';
import type { RelPath } from '../changes/change.ts';
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
  readonly source: SourceView;
  readonly filter: Filter;
  readonly preserve: PreserveSettings;
}

/** Has the receiver rename what was renamed here, and says what must be sent nevertheless. */
export async function tryRenames(batch: PendingBatch, context: HintContext): Promise<HintOutcome> {
  const { renames, moved } = batch;
  const { control } = context;
  if (control === undefined) return judge(batch, new Set(renames.keys()), new Set(), 0);
  const awaited = new Set(moved.map(({ path }) => path));
  const expected = new Map<RelPath, EntryFingerprint>();
  for (const path of awaited) {
    const expect = await expectation(path, context);
    if (expect !== null) expected.set(path, expect);
  }
  const last = new Map(renames.map(({ path }, index) => [path, index]));
  const { results } = await control.rename({
    epoch: context.epoch,
    renames: renames.map(({ from, path }, index) => {
      const expect = last.get(path) === index ? expected.get(path) : undefined;
      return { from: encode(from), to: encode(path), ...(expect === undefined ? {} : { expect }) };
    }),
  });
  const failed = new Set<number>();
  const matching = new Set<RelPath>();
  results.forEach(({ renamed, matches }, index) => {
    if (!renamed) failed.add(index);
    const path = renames[index]?.path;
    if (matches && path !== undefined) matching.add(path);
  });
  return judge(batch, failed, matching, renames.length - failed.size);
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

import type { PreserveSettings } from '../../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../../filter/filter.ts';
import type { ControlClient } from '../../../protocol/connection/control-client.ts';
import type { EntryFingerprint } from '../../../protocol/control.ts';
import type { RelPath } from '../../changes/change.ts';
import { parentOf, rebasePath } from '../../changes/paths.ts';
import { acquireInTime, type HeldLocks, type PathLocks } from '../../locks/path-locks.ts';
import type { PendingBatch } from '../../pending/pending-batch.ts';
import { namesInDoubt } from '../../pending/rename-list.ts';
import type { SourceView } from '../../source/source-view.ts';
import type { RecentNames } from './recent-names.ts';

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
  /** Which file was sent last under a name. */
  readonly sentAs: Pick<RecentNames<string>, 'get' | 'entries' | 'renamed'>;
  readonly filter: Filter;
  readonly preserve: PreserveSettings;
}

/** Of so many directories of a batch it is noted what is under which name now, at a look through all names each; of more some is sent again. */
const directoriesNoted = 32;

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
  results.forEach(({ renamed, matches }, index) => {
    if (!renamed) failed.add(index);
    const path = renames[index]?.path;
    if (matches && path !== undefined) matching.add(path);
  });
  const outcome = judge(batch, failed, matching, renames.length - failed.size);
  const others = findOthers(renames, context);
  noteRenamed(
    renames.filter((_, index) => !failed.has(index)),
    context,
  );
  return { ...outcome, content: [...outcome.content, ...others] };
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
 * New names of what was renamed under which the target may have another file: that one had the old name right after, and was sent under
 * it before anybody was told of the rename. Size and time, which may be of one tick, don't tell.
 */
function findOthers(renames: PendingBatch['renames'], { source, sentAs }: HintContext): RelPath[] {
  const isOther = (path: RelPath, sent: string | undefined): boolean => {
    const look = source.look(path);
    return sent !== undefined && 'inode' in look && look.inode !== sent;
  };
  const others = renames.flatMap(({ from, path }) => (isOther(path, sentAs.get(from)) ? [path] : []));
  // Of a directory only where there is one again that its names can be of.
  const again = renames.filter(({ from, isDirectory }) => isDirectory && source.look(from).kind === 'directory');
  const directories = new Map(again.map(({ from, path }) => [from, path]));
  if (directories.size === 0) return others;
  for (const [name, sent] of sentAs.entries())
    for (let at = parentOf(name); at !== ''; at = parentOf(at)) {
      const path = directories.get(at);
      if (path !== undefined && isOther(rebasePath(name, at, path), sent)) others.push(rebasePath(name, at, path));
    }
  return others;
}

/** Each name would be sent again with what is renamed from it next. */
function noteRenamed(renames: PendingBatch['renames'], { sentAs }: Pick<HintContext, 'sentAs'>): void {
  let directories = 0;
  for (const { from, path, isDirectory } of renames) {
    if (isDirectory) directories += 1;
    if (!isDirectory || directories <= directoriesNoted) sentAs.renamed(from, path, isDirectory);
  }
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

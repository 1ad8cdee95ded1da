import type { SyncSettings } from '../../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../../filter/filter.ts';
import type { ControlClient } from '../../../protocol/connection/control-client.ts';
import type { RelPath } from '../../changes/change.ts';
import { parentOf } from '../../changes/paths.ts';
import { smallest } from '../../changes/smallest.ts';
import type { Copier } from '../../copies/copier.ts';
import type { Deleted, Deleter } from '../../deletions/deleter.ts';
import type { PathLocks } from '../../locks/path-locks.ts';
import type { PendingBatch } from '../../pending/pending-batch.ts';
import type { PendingSet } from '../../pending/pending-set.ts';
import type { RunResult } from '../../rsync/run.ts';
import type { Executor } from '../../send/executor.ts';
import { listReplaced } from '../../send/names/list-replaced.ts';
import type { RecentNames } from '../../send/names/recent-names.ts';
import { tryRenames } from '../../send/names/rename-hints.ts';
import type { OwedAge } from '../../send/outcome/owed-entries.ts';
import { bigFileBytes } from '../../send/plan-runs.ts';
import type { SourceView } from '../../source/source-view.ts';
import type { Outcomes } from './outcomes.ts';

export interface ChangeWorkContext {
  readonly sync: SyncSettings;
  readonly locks: PathLocks;
  readonly source: SourceView;
  readonly filter: Filter;
  readonly pending: PendingSet;
  readonly sentAs: RecentNames<string>;
  readonly executor: Executor;
  /** Absent where the target makes no copies. */
  readonly copier: Copier | undefined;
  readonly deleter: Deleter;
  readonly outcomes: Outcomes;
  readonly control: ControlClient | undefined;
  readonly epoch: number;
  readonly onSubtrees: (paths: readonly RelPath[], batch: PendingBatch) => void;
  /** It was told of on a root that has been replaced since: what it names is found by a comparison, and nothing that is missing was announced. */
  readonly isOfFormerRoot: boolean;
  /** A big file waits for a place of its own; its part of the batch ends with it. */
  readonly sendBig: (path: RelPath, part: PendingBatch) => void;
  readonly onDone: (batch: PendingBatch, renamed: number) => void;
  /** Deletions were not made, since the root is not what it was, or for their mass. */
  readonly onWithheld: (held: NonNullable<Deleted['held']>) => void;
}

/** Works on one batch: it is done, or pending again, afterwards. @returns the run that says why the session can't go on */
export async function workOnBatch(batch: PendingBatch, context: ChangeWorkContext): Promise<RunResult | undefined> {
  const { source, filter, sync, executor, pending, outcomes } = context;
  if (context.isOfFormerRoot) {
    context.onSubtrees([''], batch);
    pending.done(batch);
    outcomes.done(batch, []);
    context.onDone(batch, 0);
    return undefined;
  }
  const mayRename = context.control !== undefined && sync.delete === 'Mirror';
  const hints =
    batch.renames.length === 0
      ? undefined
      : await tryRenames(batch, {
          control: mayRename ? context.control : undefined,
          epoch: context.epoch,
          locks: context.locks,
          ...{ source, filter, sentAs: context.sentAs },
          preserve: sync.preserve,
        });
  outcomes.begun(batch);
  outcomes.renamed(batch.renames);
  // A directory that is there again under a name that went is another one.
  const isDirectory = (path: RelPath): boolean => source.look(path).kind === 'directory';
  const remade = [...batch.remade, ...batch.deletes].filter(isDirectory);
  const cleared = new Set(mayRename && remade.length > 0 ? await context.deleter.clear(remade) : []);
  const listed = [...batch.replaced, ...batch.remade, ...remade, ...(hints?.replaced ?? [])];
  const replaced = await listReplaced([...new Set(listed)], source, filter);
  const subtrees = [
    ...batch.subtrees.map(({ path }) => path),
    ...(hints?.subtrees ?? []),
    ...replaced.subtrees.filter((path) => !cleared.has(path)),
    ...batch.movedAway.filter(isDirectory),
  ];
  if (subtrees.length > 0) context.onSubtrees(subtrees, batch);
  const renamedIn = batch.renames.flatMap(({ from, path }) => [parentOf(from), parentOf(path)]);
  const doubtful = new Set([...(hints?.content ?? []), ...replaced.content]);
  const isFresh = (path: RelPath): boolean => batch.entries.get(path)?.kind === 'created' && !doubtful.has(path);
  const fresh = batch.content.filter(isFresh);
  // Big ones are copied in their own places.
  const copied = (await context.copier?.copy(fresh, bigFileBytes)) ?? new Set();
  const isSent = (path: RelPath): boolean => !copied.has(path);
  const work = {
    fresh: new Set(fresh.filter(isSent)),
    content: [...batch.content.filter(isSent), ...(hints?.content ?? []), ...replaced.content],
    attributes: [...batch.attributes, ...renamedIn, ...copied],
    deletes: [...batch.deletes, ...(hints?.deletes ?? [])],
  };
  const plan = await executor.plan(work);
  // Big files end by themselves, each in its own place.
  const { rest, parts } = plan.big.length === 0 ? { rest: batch, parts: [] } : pending.divide(batch, plan.big);
  for (const [index, path] of plan.big.entries()) context.sendBig(path, parts[index] as PendingBatch);
  const [sent, deleted] = await Promise.all([
    executor.carryOut(plan),
    plan.deletions.length === 0 ? undefined : context.deleter.removeAnnounced(plan.deletions),
  ]);
  const failed = sent.failed ?? deleted?.failed;
  const age = { sequence: rest.sequence.first, at: rest.oldestAt };
  outcomes.note(sent, age);
  outcomes.cleared(cleared);
  if (deleted !== undefined) outcomes.noteDeleted(deleted, age, sent.special);
  if (failed !== undefined) {
    pending.retry(rest);
    return failed;
  }
  if (deleted?.held !== undefined) context.onWithheld(deleted.held);
  const back = deleted?.back ?? [];
  const times = deleted?.deleted.length ? { paths: [...plan.parents], age: ageOf(deleted.deleted, rest) } : undefined;
  if (sent.again.length > 0 || back.length > 0 || times !== undefined)
    pending.retry(rest, { paths: sent.again, back, times });
  else pending.done(rest);
  outcomes.done(rest, [sent, deleted], plan.big);
  context.onDone(batch, hints?.renamed ?? 0);
  return undefined;
}

/** When the oldest of some names of a batch was changed. */
const ageOf = (paths: readonly RelPath[], { entries, sequence, oldestAt }: PendingBatch): OwedAge => {
  const own = paths.flatMap((path) => entries.get(path) ?? { sequence: sequence.first, at: oldestAt });
  return { sequence: smallest(own.map((dirt) => dirt.sequence)), at: smallest(own.map(({ at }) => at)) };
};

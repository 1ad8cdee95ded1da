import type { RelPath } from '../../changes/change.ts';
import { acquireInTime } from '../../locks/path-locks.ts';
import type { SourceView } from '../../source/source-view.ts';
import type { VerifyAccess } from '../verify-access.ts';
import type { DifferenceKind } from './judge-entry.ts';
import type { Suspect } from './suspects.ts';

/** How an entry differs, and what both sides looked like: another mark means that something happened to it. */
export interface Difference {
  readonly kind: DifferenceKind;
  readonly mark: string;
  /** Something has to be deleted at the target before both are alike. */
  readonly needsDeletion?: boolean;
}

/** Compares some names on both sides now; those alike are left out. */
export type CompareNames = (suspects: readonly Suspect[]) => Promise<ReadonlyMap<RelPath, Difference>>;

/** `held`: the deletion waits for a person; `later`: something happens to it; `wait`: nothing can be said of anything now. */
export type SecondVerdict = DifferenceKind | 'alike' | 'held' | 'later' | 'wait';

export interface SecondLookContext {
  readonly access: Pick<VerifyAccess, 'locks' | 'isBusy' | 'isBehind' | 'isOver' | 'holdsDeletions'>;
  readonly compare: CompareNames;
  readonly source: Pick<SourceView, 'look' | 'linkNames'>;
  /** Resolves when all that happened at the source until now was told. */
  readonly drain: () => Promise<void>;
  readonly lockTimeoutMs?: number;
}

/** A transfer that takes longer goes first. */
const defaultLockTimeoutMs = 2_000;

/**
 * Looks at suspects again so that what is found is no change under way: nothing is pending for any name of the file before, between and
 * after two looks that see the same, all events until then being read, and under an S lock, which no run of ours passes.
 */
export async function lookAgain(
  suspects: readonly Suspect[],
  context: SecondLookContext,
): Promise<ReadonlyMap<RelPath, SecondVerdict>> {
  const { access, compare, source, drain, lockTimeoutMs = defaultLockTimeoutMs } = context;
  const verdicts = new Map<RelPath, SecondVerdict>(suspects.map(({ path }) => [path, 'wait']));
  const notBusy = async (some: readonly Suspect[]): Promise<Suspect[]> => {
    const namesOf = await findNames(some, source);
    await drain();
    if (access.isOver() || access.isBehind()) return [];
    return some.filter(({ path }) => {
      const isBusy = namesOf(path).some((name) => access.isBusy(name));
      if (isBusy) verdicts.set(path, 'later');
      return !isBusy;
    });
  };
  const quiet = await notBusy(suspects);
  if (quiet.length === 0) return verdicts;
  const wishes = quiet.map(({ path }) => ({ path, mode: 'S' as const }));
  const held = await acquireInTime(access.locks, wishes, { name: 'verify', timeoutMs: lockTimeoutMs });
  if (held === undefined) return verdicts;
  try {
    const first = await compare(quiet);
    for (const { path } of quiet) if (!first.has(path)) verdicts.set(path, 'alike');
    const differing = await notBusy(quiet.filter(({ path }) => first.has(path)));
    if (differing.length === 0) return verdicts;
    const second = await compare(differing);
    for (const { path } of await notBusy(differing)) {
      const difference = second.get(path);
      if (difference === undefined || difference.mark !== first.get(path)?.mark) verdicts.set(path, 'later');
      else verdicts.set(path, difference.needsDeletion && access.holdsDeletions() ? 'held' : difference.kind);
    }
    return verdicts;
  } finally {
    held.release();
  }
}

/** What is written to a file is told of by one of its names, and is on its way to all. */
async function findNames(
  suspects: readonly Suspect[],
  source: SecondLookContext['source'],
): Promise<(path: RelPath) => readonly RelPath[]> {
  const inodes = new Map<RelPath, string>();
  for (const { path } of suspects) {
    const look = source.look(path);
    if ('links' in look && look.links > 1) inodes.set(path, look.inode);
  }
  const names = inodes.size === 0 ? undefined : await source.linkNames([...new Set(inodes.values())]);
  return (path) => [path, ...(names?.get(inodes.get(path) ?? '') ?? [])];
}

import type { EventKind } from '../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RawChange, RelPath } from '../changes/change.ts';
import type { LinkedNames } from '../source/links/linked-names.ts';
import type { UnseenChanges } from '../source/times/unseen-changes.ts';
import type { ChangeSourceListener } from './change-source.ts';

export interface HandOnTo {
  readonly linked: LinkedNames;
  readonly filter: Pick<Filter, 'excludes'>;
  readonly events: readonly EventKind[];
  readonly onChanges: ChangeSourceListener['onChanges'];
  /** Undefined where nobody looks for changes without an event. */
  readonly unseen: UnseenChanges | undefined;
  /** ms since 1970. */
  readonly now: number;
}

/** Hands on what the watch tells; and files that were changed by a name which is gone, by another name or to be looked for. */
export function handOn(batch: readonly RawChange[], lostSince: number | undefined, to: HandOnTo): void {
  const { names, files } = to.linked.note(batch);
  to.unseen?.note(batch, to.now);
  to.onChanges(batch, lostSince);
  if (!to.events.includes('Write')) return;
  const told = names.filter((path) => !to.filter.excludes(path, false));
  if (told.length > 0) to.onChanges(told.map((path): RawChange => ({ kind: 'write', path })));
  for (const [path, file] of files) to.unseen?.lookBeside(path, file);
}

/** All names of each file (`device:inode`) that are content. */
export async function namesOf(
  files: readonly string[],
  { linked, filter }: Pick<HandOnTo, 'linked' | 'filter'>,
): Promise<readonly RelPath[][]> {
  const found = await linked.namesOf(files);
  return [...found.values()].map((all) => all.filter((path) => !filter.excludes(path, false)));
}

import type { ReplicationSettings } from '../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../filter/filter.ts';
import type { Change, RelPath } from '../changes/change.ts';
import { parentOf } from '../changes/paths.ts';
import type { Look, SourceView } from '../source/source-view.ts';

type Verdict = 'content' | 'excluded' | 'unknown';

/**
 * What a change of the source means to a target with a filter of its own. `look` looks at the source: a change does not
 * say whether its name is a directory, which a pattern may ask for. What can't be told is compared, by rsync's own filter.
 * What is written through an excluded name stays where the file has others: they are sent in its place.
 */
export const changesForTarget = (change: Change, filter: Filter, look: (path: RelPath) => Look): readonly Change[] => {
  const judge = (path: RelPath): Verdict => {
    const [asFile, asDirectory] = [filter.excludes(path, false), filter.excludes(path, true)];
    if (asFile === asDirectory) return asFile ? 'excluded' : 'content';
    const { kind } = look(path);
    if (kind === 'gone' || kind === 'unreachable') return 'unknown';
    return (kind === 'directory' ? asDirectory : asFile) ? 'excluded' : 'content';
  };
  switch (change.kind) {
    case 'subtree':
      return filter.canSkipDirectory(change.path) ? [] : [change];
    case 'move':
      return moveFor(change, filter);
    case 'delete': {
      // What stands there now says nothing about what went.
      const [asFile, asDirectory] = [filter.excludes(change.path, false), filter.excludes(change.path, true)];
      if (asFile !== asDirectory) return [compare(parentOf(change.path))];
      return asFile ? timeOf(change.path, filter) : [change];
    }
    default: {
      const verdict = judge(change.path);
      if (verdict === 'unknown') return [compare(parentOf(change.path))];
      if (verdict !== 'excluded') return [change];
      const time = change.kind === 'content' && change.created ? timeOf(change.path, filter) : [];
      return hasOtherNames(look(change.path)) ? [change, ...time] : time;
    }
  }
};

const hasOtherNames = (look: Look): boolean => 'links' in look && look.links > 1;

const moveFor = (change: Change & { kind: 'move' }, filter: Filter): readonly Change[] => {
  const { from, path, isDirectory } = change;
  const [left, entered] = [filter.excludes(from, isDirectory), filter.excludes(path, isDirectory)];
  if (left && entered) return [from, path].flatMap((name) => timeOf(name, filter));
  if (entered) return [{ kind: 'delete', path: from }, ...timeOf(path, filter)];
  const below = isDirectory && (left || filter.dependsOnLocation) ? [compare(path)] : [];
  return left ? [{ kind: 'content', path }, ...below, ...timeOf(from, filter)] : [change, ...below];
};

/** An excluded name that comes or goes gives its directory another time. */
const timeOf = (path: RelPath, filter: Filter): Change[] => {
  const directory = parentOf(path);
  return filter.excludes(directory, true) ? [] : [{ kind: 'attributes', path: directory }];
};

const compare = (path: RelPath): Change => ({ kind: 'subtree', path, reason: 'moved-in' });

/** What changes mean to one target; undefined where no target has a filter of its own, and all mean the same. */
export const meaningFor = (
  { targets }: Pick<ReplicationSettings, 'targets'>,
  filter: Filter,
  source: Pick<SourceView, 'look'>,
): ((change: Change) => readonly Change[]) | undefined =>
  targets.some((target) => target.filter !== undefined)
    ? (change) => changesForTarget(change, filter, (path) => source.look(path))
    : undefined;

import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import type { SourceView } from '../../source/source-view.ts';

/** Of names that are another thing than the target's: of a directory all that is below is sent, trusting no time. */
export async function listReplaced(
  paths: readonly RelPath[],
  source: SourceView,
  filter: Filter,
): Promise<{ content: RelPath[]; subtrees: RelPath[] }> {
  const content = [...paths];
  const subtrees = paths.filter((path) => source.look(path).kind === 'directory');
  for (const path of subtrees) {
    for (const below of await source.listBelow(path, filter.excludes.bind(filter))) content.push(below);
  }
  return { content, subtrees };
}

import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';
import { listBelow } from '../source/find.ts';
import type { SourceRoot } from '../source/source-root.ts';

/** Of names that are another thing than the target's: of a directory all that is below is sent, trusting no time. */
export async function listReplaced(
  paths: readonly RelPath[],
  source: SourceRoot,
  filter: Filter,
): Promise<{ content: RelPath[]; subtrees: RelPath[] }> {
  const content = [...paths];
  const subtrees = paths.filter((path) => source.look(path).kind === 'directory');
  for (const path of subtrees) {
    const excludes = filter.excludes.bind(filter);
    content.push(...(await listBelow((below) => source.absolute(below), path, excludes)));
  }
  return { content, subtrees };
}

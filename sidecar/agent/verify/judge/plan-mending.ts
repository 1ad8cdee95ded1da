import type { RelPath } from '../../changes/change.ts';
import { parentOf } from '../../changes/paths.ts';
import type { MendWork } from '../verify-access.ts';
import type { DifferenceKind } from './judge-entry.ts';

/** What is done about each difference. */
const means: Readonly<Record<DifferenceKind, (path: RelPath, isDirectory: boolean) => keyof MendWork | 'parent'>> = {
  // A comparison finds it too, and puts it before the judge of deletions.
  extra: () => 'parent',
  type: () => 'parent',
  missing: (_, isDirectory) => (isDirectory ? 'subtrees' : 'content'),
  content: (_, isDirectory) => (isDirectory ? 'attributes' : 'content'),
  size: () => 'content',
  link: () => 'content',
  time: (_, isDirectory) => (isDirectory ? 'attributes' : 'content'),
  mode: () => 'attributes',
  owner: () => 'attributes',
};

/** Which names are sent, whole or their attributes, and which directories are compared, so that differences go. Pure. */
export function planMending(
  differences: readonly { readonly path: RelPath; readonly kind: DifferenceKind }[],
  isDirectory: (path: RelPath) => boolean,
): MendWork {
  const content: RelPath[] = [];
  const attributes: RelPath[] = [];
  const subtrees = new Set<RelPath>();
  for (const { path, kind } of differences) {
    const how = means[kind](path, isDirectory(path));
    if (how === 'content') content.push(path);
    else if (how === 'attributes') attributes.push(path);
    else subtrees.add(how === 'parent' ? parentOf(path) : path);
  }
  return { content, attributes, subtrees: [...subtrees] };
}

import { attributesOf } from '../keep/look-before.ts';
import { kindOf, type PastEntry, type PastFiles } from './past-files.ts';
import { below, type PastNode, type PastTree } from './past-tree.ts';

/** A path (binary string, below the replica) that differs between the past and now. */
export interface PastDifference {
  readonly path: string;
  /** From the past to now. A directory that was made or deleted stands for all that is below it. */
  readonly what: 'made' | 'deleted' | 'changed' | 'attributes';
  readonly isDirectory: boolean;
}

/** What differs at and below a path, in the order of names; only what was touched is looked at. */
export function* diffPast(tree: PastTree, path: string, files: PastFiles): Generator<PastDifference> {
  const place = path === '' ? 'data' : `data/${path}`;
  yield* diffNode(tree.find(place), place, files);
}

function* diffNode(node: PastNode, place: string, files: PastFiles): Generator<PastDifference> {
  const past = files.entry(node);
  const now = files.stat(place);
  const path = place.slice('data/'.length);
  if (!past && !now) return;
  if (!past || !now) {
    yield { path, what: past ? 'deleted' : 'made', isDirectory: (past?.kind ?? (now && kindOf(now))) === 'directory' };
    return;
  }
  if (past.kind === 'directory' && now.isDirectory()) {
    if (past.mode !== Number(now.mode)) yield { path, what: 'attributes', isDirectory: true };
    // Below a directory that is where it was, only what was touched can differ.
    const isSame = node.base === place;
    const names = isSame ? [...(node.children?.entries() ?? [])].sort(byName) : bothSides(node, place, files);
    for (const [name, child] of names) yield* diffNode(child, below(place, name) as string, files);
    return;
  }
  const current = attributesOf(now);
  if (past.kind !== kindOf(now) || hasOtherContent(past, place, now.ino, current.size, files))
    yield { path, what: 'changed', isDirectory: false };
  else if (
    past.mode !== current.mode ||
    past.uid !== current.uid ||
    past.gid !== current.gid ||
    past.mtimeNs !== current.mtimeNs
  )
    yield { path, what: 'attributes', isDirectory: false };
}

const byName = ([a]: [string, PastNode], [b]: [string, PastNode]): number => (a < b ? -1 : 1);

/** A directory that was elsewhere: names of then and of now. */
const bothSides = (node: PastNode, place: string, files: PastFiles): [string, PastNode][] => {
  const names = new Map(files.children(node));
  for (const [name] of files.children({ base: place })) if (!names.has(name)) names.set(name, { base: null });
  return [...names].sort(byName);
};

const hasOtherContent = (past: PastEntry, place: string, inode: bigint, size: number, files: PastFiles): boolean => {
  if (past.base === null || past.inode === inode) return false;
  if (past.kind === 'symlink') return files.readLink(past.base) !== files.readLink(place);
  if (past.kind !== 'file') return false;
  if (past.size !== size) return true;
  const now = files.read(place, size);
  for (const chunk of files.read(past.base, past.size)) {
    const other = now.next();
    if (other.done || !chunk.equals(other.value)) return true;
  }
  return false;
};

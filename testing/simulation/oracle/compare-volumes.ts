import type { Filter } from '../../../sidecar/filter/filter.ts';
import type { Inode } from '../models/inode.ts';
import type { Volume } from '../models/volume.ts';

interface Twins {
  readonly of: Map<Inode, Inode>;
  /** How many names an inode has that are content, and that the source has too: of the others it is said that they are extra. */
  readonly links: Map<Inode, number>;
}

/**
 * In what a target differs from its source: names, types, contents, attributes, times, which names are one file. `isAtWork`: a file
 * that is sent once more gives its directory another time, and is apart from its other names, until its run has ended; the lag tells.
 */
export function compareVolumes(source: Volume, target: Volume, filter: Filter, { isAtWork = false } = {}): string[] {
  const here = content(source, filter);
  const there = content(target, filter);
  const twins: Twins = { of: new Map(), links: new Map() };
  const counted = [...here.values(), ...[...there].flatMap(([path, inode]) => (here.has(path) ? [inode] : []))];
  for (const inode of counted) twins.links.set(inode, (twins.links.get(inode) ?? 0) + 1);
  const differences: string[] = [];
  for (const [path, inode] of here) {
    const twin = there.get(path);
    there.delete(path);
    if (path === '') continue;
    if (inode.type === 'socket' || inode.type === 'fifo') {
      // Not copied, and nothing else may have its name.
      const isSpared = twin?.type === 'directory' && holdsSpared(target, path, filter);
      if (twin !== undefined && !isSpared) differences.push(`${path}: extra`);
    } else if (twin === undefined) differences.push(`${path}: missing`);
    else {
      const passes = isAtWork ? (inode.type === 'directory' ? /: mtime / : /: hard links$/) : undefined;
      differences.push(...compareInodes(path, inode, twin, twins).filter((text) => passes?.test(text) !== true));
    }
  }
  for (const [path, inode] of there)
    if (inode.type !== 'directory' || !holdsSpared(target, path, filter)) differences.push(`${path}: extra`);
  return differences;
}

function content(volume: Volume, filter: Filter): Map<string, Inode> {
  const found = new Map<string, Inode>();
  for (const [path, inode] of volume.walk())
    if (!filter.excludes(path, inode.type === 'directory')) found.set(path, inode);
  return found;
}

/** A directory that goes stays as long as there is something in it that is nobody's content. */
function holdsSpared(target: Volume, directory: string, filter: Filter): boolean {
  for (const [path, inode] of target.walk(directory))
    if (filter.excludes(path, inode.type === 'directory')) return true;
  return false;
}

function compareInodes(path: string, inode: Inode, twin: Inode, twins: Twins): string[] {
  if (inode.type !== twin.type) return [`${path}: is a ${inode.type}, target has a ${twin.type}`];
  const found: string[] = [];
  if (inode.type === 'file' && twin.type === 'file') {
    const [one, other] = [inode.pieces.join(' '), twin.pieces.join(' ')];
    if (one !== other) found.push(`${path}: holds ${one}, target ${other}`);
  }
  if (inode.type !== 'directory') {
    const [links, there] = [twins.links.get(inode) ?? 1, twins.links.get(twin) ?? 1];
    if (links > 1 || there > 1) {
      if ((twins.of.get(inode) ?? twin) !== twin || links !== there) found.push(`${path}: hard links`);
      twins.of.set(inode, twin);
    }
  }
  if (inode.type === 'symlink' && twin.type === 'symlink' && inode.target !== twin.target)
    found.push(`${path}: points to ${inode.target}, target to ${twin.target}`);
  if (inode.type !== 'symlink' && inode.mode !== twin.mode)
    found.push(`${path}: mode ${inode.mode}, target ${twin.mode}`);
  if (inode.type !== 'symlink' && inode.xattrs !== twin.xattrs)
    found.push(`${path}: xattrs ${inode.xattrs}, target ${twin.xattrs}`);
  if (inode.mtime !== twin.mtime) found.push(`${path}: mtime ${inode.mtime}, target ${twin.mtime}`);
  return found;
}

/**
 * Files whose pieces come from more than one file: no run of rsync makes such, but one that appends to a file which another took
 * the place of after it was planned. That one is owed until it is sent whole, so what is in sync is never such.
 */
export function findMixtures(target: Volume): string[] {
  const mixed: string[] = [];
  for (const [path, inode] of target.walk()) {
    if (inode.type !== 'file' || inode.isAppendedTo === true) continue;
    const origins = new Set(inode.pieces.map((piece) => piece.split('.')[0]));
    if (origins.size > 1) mixed.push(`${path}: holds pieces of ${[...origins].join(' and ')}`);
  }
  return mixed;
}

import { type Inode, linksOf } from '../models/inode.ts';
import type { Volume } from '../models/volume.ts';

/** In what a target differs from its source: names, types, contents, modes, times, which names are one file. */
export function compareVolumes(source: Volume, target: Volume): string[] {
  const there = new Map(target.walk());
  const differences: string[] = [];
  const twins = new Map<Inode, Inode>();
  for (const [path, inode] of source.walk()) {
    const twin = there.get(path);
    there.delete(path);
    if (path === '' || inode.type === 'socket' || inode.type === 'fifo') continue;
    if (twin === undefined) differences.push(`${path}: missing`);
    else differences.push(...compareInodes(path, inode, twin, twins));
  }
  for (const path of there.keys()) differences.push(`${path}: extra`);
  return differences;
}

function compareInodes(path: string, inode: Inode, twin: Inode, twins: Map<Inode, Inode>): string[] {
  if (inode.type !== twin.type) return [`${path}: is a ${inode.type}, target has a ${twin.type}`];
  const found: string[] = [];
  if (inode.type === 'file' && twin.type === 'file') {
    const [one, other] = [inode.pieces.join(' '), twin.pieces.join(' ')];
    if (one !== other) found.push(`${path}: holds ${one}, target ${other}`);
  }
  if (inode.type !== 'directory') {
    if (linksOf(inode) > 1 || linksOf(twin) > 1) {
      if ((twins.get(inode) ?? twin) !== twin || linksOf(inode) !== linksOf(twin)) found.push(`${path}: hard links`);
      twins.set(inode, twin);
    }
  }
  if (inode.type === 'symlink' && twin.type === 'symlink' && inode.target !== twin.target)
    found.push(`${path}: points to ${inode.target}, target to ${twin.target}`);
  if (inode.type !== 'symlink' && inode.mode !== twin.mode)
    found.push(`${path}: mode ${inode.mode}, target ${twin.mode}`);
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

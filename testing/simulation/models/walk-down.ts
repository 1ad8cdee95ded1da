import { type DirectoryInode, type Inode, seen, sizeOf } from './inode.ts';

/** An entry and all below it as they are named, parents before children. */
export function* walkDown(path: string, inode: Inode | undefined): Generator<readonly [path: string, inode: Inode]> {
  if (inode === undefined) return;
  yield [path, inode];
  if (inode.type !== 'directory') return;
  for (const [name, below] of [...inode.children]) yield* walkDown(path === '' ? name : `${path}/${name}`, seen(below));
}

/** Of the contents of all files below, each counted once. */
export function bytesBelow(directory: DirectoryInode): number {
  let bytes = 0;
  for (const inode of new Set([...walkDown('', directory)].map(([, below]) => below))) bytes += sizeOf(inode);
  return bytes;
}

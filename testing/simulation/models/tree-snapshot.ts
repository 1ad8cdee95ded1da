import type { Random } from '../../storm/random.ts';
import { happens } from '../world/streams.ts';
import type { DirectoryInode, Inode } from './inode.ts';

/** A copy of a tree as it was at one moment, hard links among it kept. */
export type Tree = DirectoryInode;

export function copyTree(root: DirectoryInode): Tree {
  return copyInto(root, undefined);
}

/** Makes a directory what it was when the copy was made. */
export function putBack(root: DirectoryInode, tree: Tree): void {
  const { children, mode, mtime, ctime } = copyInto(tree, root);
  Object.assign(root, { mode, mtime, ctime });
  root.children.clear();
  for (const [name, inode] of children) root.children.set(name, inode);
}

/** `top`: the directory that its topmost names are to be in; the copy itself without it. */
function copyInto(root: DirectoryInode, top: DirectoryInode | undefined): Tree {
  const copies = new Map<Inode, Inode>();
  const copy = (inode: Inode): Inode => {
    const known = copies.get(inode);
    if (known !== undefined) return known;
    const base = { ...inode, names: [] };
    const made: Inode =
      inode.type === 'file'
        ? { ...inode, names: [], pieces: [...inode.pieces] }
        : inode.type === 'directory'
          ? { ...inode, names: [], children: new Map(), mounted: undefined }
          : (base as Inode);
    copies.set(inode, made);
    if (inode.type === 'directory' && made.type === 'directory')
      for (const [name, child] of inode.children) enter(made, name, copy(child), inode === root ? (top ?? made) : made);
    return made;
  };
  return copy(root) as Tree;
}

/** What a disk may hold after a power cut: all, nothing, or for each file either of what it did not sync. */
export function mixTrees(synced: Tree, last: Tree, random: Random): Tree {
  if (happens(random, 2)) return synced;
  if (happens(random, 2)) return last;
  mixFiles(synced, last, random);
  return last;
}

function mixFiles(synced: DirectoryInode, last: DirectoryInode, random: Random): void {
  for (const [name, inode] of last.children) {
    const before = synced.children.get(name);
    if (inode.type === 'directory' && before?.type === 'directory') mixFiles(before, inode, random);
    if (inode.type !== 'file' || before?.type !== 'file' || happens(random, 2)) continue;
    inode.pieces = [...before.pieces];
    inode.mtime = before.mtime;
    inode.mode = before.mode;
    inode.xattrs = before.xattrs;
  }
}

function enter(directory: DirectoryInode, name: string, inode: Inode, named: DirectoryInode): void {
  directory.children.set(name, inode);
  inode.names.push({ directory: named, name });
}

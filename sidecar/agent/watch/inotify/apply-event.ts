import type { ChangeBatch } from '../change-batch.ts';
import type { DirectoryWatcher } from '../followed/directory-watcher.ts';
import type { DirectoryNode } from '../followed/watch-tree.ts';
import type { InotifyEvent } from './inotify-events.ts';
import { inotifyBit } from './inotify-mask.ts';
import { isPairedMove, type PairedEvent, type PairedMove } from './pair-moves.ts';
import type { RecentMoves } from './recent-moves.ts';

/** `overflow`: events were lost and the tree is being walked again. The rest say that the root is gone, and how. */
export type EventOutcome = 'applied' | 'overflow' | 'deleted' | 'moved' | 'unmounted';

/** Brings one event to the tree of watches, and what it says to the batch. */
export const applyEvent = (
  event: PairedEvent,
  watcher: DirectoryWatcher,
  batch: ChangeBatch,
  recent: RecentMoves,
): EventOutcome => {
  if (isPairedMove(event)) {
    applyMove(event, watcher, batch, recent);
    return 'applied';
  }
  if ((event.mask & inotifyBit.overflow) !== 0) {
    watcher.rewalk();
    batch.rescan('', 'overflow');
    return 'overflow';
  }
  // Of a directory that isn't watched any more.
  const node = watcher.tree.nodeOf(event.wd);
  if (node === undefined) return 'applied';
  if (event.name === '') return applyToItself(event, node, watcher, batch);
  applyToEntry(event, node, watcher, batch);
  return 'applied';
};

const applyMove = (
  { from, to }: PairedMove,
  watcher: DirectoryWatcher,
  batch: ChangeBatch,
  recent: RecentMoves,
): void => {
  const source = watcher.tree.nodeOf(from.wd);
  const target = watcher.tree.nodeOf(to.wd);
  if (source === undefined || target === undefined) {
    if (source !== undefined) applyToEntry(from, source, watcher, batch);
    if (target !== undefined) applyToEntry(to, target, watcher, batch);
    return;
  }
  const isDirectory = (from.mask & inotifyBit.isDirectory) !== 0;
  const fromPath = watcher.tree.pathIn(source, from.name);
  const toPath = watcher.tree.pathIn(target, to.name);
  if (isDirectory && watcher.isExchange(source, from.name, target, to.name)) {
    for (const path of [fromPath, toPath]) batch.replaced(path, true);
    watcher.exchanged(source, from.name, target, to.name);
    return;
  }
  const first = recent.takeFirstHalf(fromPath, toPath, isDirectory);
  if (first === undefined) {
    const overDirectory = target.children?.has(to.name) === true;
    recent.note(fromPath, toPath, { isDirectory, overDirectory });
    batch.moved(fromPath, toPath, isDirectory);
  } else {
    // There and back: the first half told of was of what has the old name now.
    batch.replaced(fromPath, first.isDirectory, isDirectory);
    batch.replaced(toPath, isDirectory, first.isDirectory);
  }
  if (isDirectory) watcher.moved(source, from.name, target, to.name);
};

const applyToEntry = (
  { mask, name }: InotifyEvent,
  node: DirectoryNode,
  watcher: DirectoryWatcher,
  batch: ChangeBatch,
): void => {
  const path = watcher.tree.pathIn(node, name);
  const isDirectory = (mask & inotifyBit.isDirectory) !== 0;
  if ((mask & inotifyBit.modify) !== 0) batch.modified(path);
  else if ((mask & inotifyBit.closeWrite) !== 0) batch.written(path);
  else if ((mask & inotifyBit.attributes) !== 0) {
    batch.attributes(path, isDirectory);
    const child = isDirectory ? node.children?.get(name) : undefined;
    if (child !== undefined) watcher.retry(child);
  } else if ((mask & inotifyBit.create) !== 0) {
    batch.created(path, isDirectory);
    if (isDirectory) watcher.appeared(node, name, 'created');
  } else if ((mask & inotifyBit.movedTo) !== 0) {
    batch.movedIn(path, isDirectory);
    if (isDirectory) watcher.appeared(node, name, 'moved-in');
  } else {
    if ((mask & inotifyBit.delete) !== 0) batch.deleted(path, isDirectory);
    else batch.movedOut(path, isDirectory);
    if (isDirectory) watcher.vanished(node, name);
  }
};

const applyToItself = (
  { mask }: InotifyEvent,
  node: DirectoryNode,
  watcher: DirectoryWatcher,
  batch: ChangeBatch,
): EventOutcome => {
  const isRoot = node.parent === undefined;
  if ((mask & inotifyBit.unmount) !== 0 && isRoot) return 'unmounted';
  if ((mask & inotifyBit.moveSelf) !== 0 && isRoot) return 'moved';
  if ((mask & inotifyBit.deleteSelf) !== 0 && isRoot) return 'deleted';
  if ((mask & inotifyBit.ignored) !== 0) {
    if (isRoot) return 'deleted';
    watcher.ignored(node);
  } else if ((mask & inotifyBit.attributes) !== 0 && isRoot) batch.attributes('', true);
  return 'applied';
};

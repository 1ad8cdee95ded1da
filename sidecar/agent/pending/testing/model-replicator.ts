import type { RelPath } from '../../changes/change.ts';
import { joinPath, parentOf } from '../../changes/paths.ts';
import type { PendingBatch } from '../pending-batch.ts';
import { namesInDoubt } from '../rename-list.ts';
import { cloneEntry, type ModelDirectory, type ModelEntry, type ModelVolume, makeDirectory } from './model-volume.ts';

export interface ModelRun {
  readonly source: ModelVolume;
  readonly target: ModelVolume;
  readonly batch: PendingBatch;
  /** Whether the next rename fails although it could be made. */
  readonly renameFails: () => boolean;
  /** Where the run reports that all renames were tried. */
  readonly onRenamed: () => void;
  /** Grows as it sends and deletes. */
  readonly made: Made;
}

/** What was sent and deleted at the target. */
export interface Made {
  readonly sent: RelPath[];
  readonly deleted: RelPath[];
}

/**
 * Does a batch as rsync would: name by name, each as the source is at that moment, and not at once: between two
 * yields the source may change.
 */
export function* runBatch(run: ModelRun): Generator<void> {
  const { source, target, batch, renameFails, onRenamed, made } = run;
  const failed = new Set<number>();
  for (const [index, { from, path }] of batch.renames.entries()) {
    if (renameFails()) failed.add(index);
    else {
      makeParents(target, path);
      if (!target.rename(from, path)) failed.add(index);
    }
    yield;
  }
  onRenamed();
  const inDoubt = namesInDoubt(batch.renames, failed);
  for (const path of batch.movedAway) if (inDoubt(path)) yield* mirror(run, path, 'nothing');
  for (const { path } of batch.moved) {
    if (inDoubt(path)) yield* mirror(run, path, 'nothing');
    else if (source.get(path) !== undefined) yield* mirror(run, path, 'size and time');
  }
  for (const path of batch.remade) {
    if (path !== '') {
      target.remove(path);
      made.deleted.push(path);
    }
    yield;
    yield* mirror(run, path, 'nothing');
  }
  for (const path of batch.deletes) yield* mirror(run, path, 'nothing');
  for (const path of batch.replaced) yield* mirror(run, path, 'nothing');
  for (const { path } of batch.subtrees) yield* mirror(run, path, 'size and time');
  for (const path of batch.content) yield* send(run, path, 'nothing');
  for (const path of batch.attributes) yield* send(run, path, 'size and time');
}

type Trust = 'nothing' | 'size and time';

function makeParents(target: ModelVolume, path: RelPath): void {
  const parent = parentOf(path);
  if (path === '' || target.directory(parent) !== undefined) return;
  makeParents(target, parent);
  if (target.get(parent) === undefined) target.put(parent, makeDirectory());
}

const looksEqual = (a: ModelEntry, b: ModelEntry): boolean =>
  a.type === 'file' && b.type === 'file' && a.content.length === b.content.length && a.mtime === b.mtime;

/** rsync deletes a listed name only where its directory is there: so the topmost that is missing goes. */
function topmostMissing(source: ModelVolume, path: RelPath): RelPath | undefined {
  if (path === '' || source.get(path) !== undefined) return undefined;
  return topmostMissing(source, parentOf(path)) ?? path;
}

/** One name, with the directories above it. */
function* send({ source, target, made }: ModelRun, path: RelPath, trust: Trust): Generator<void> {
  const seen = source.get(path);
  if (seen === undefined) {
    yield;
    const top = topmostMissing(source, path);
    if (top === undefined) return;
    target.remove(top);
    made.deleted.push(top);
    return;
  }
  const parents: [RelPath, ModelDirectory][] = [];
  for (let at = path; at !== ''; ) {
    at = parentOf(at);
    parents.unshift([at, source.directory(at) as ModelDirectory]);
  }
  const copy = seen.type === 'file' ? seen : { ...makeDirectory(seen.mode) };
  yield;
  for (const [parent, { mode }] of parents) {
    if (target.directory(parent) === undefined) target.put(parent, makeDirectory(mode));
  }
  const there = target.get(path);
  made.sent.push(path);
  if (path === '') return;
  if (there !== undefined && there.type === copy.type && (copy.type === 'directory' || trust === 'size and time')) {
    if (copy.type === 'directory' || looksEqual(there, copy)) return target.setMode(path, copy.mode);
  }
  target.put(path, copy);
}

/** A name and all below it, as rsync does with --delete. */
function* mirror(run: ModelRun, path: RelPath, trust: Trust): Generator<void> {
  const { source, target, made } = run;
  yield* send(run, path, trust);
  const directory = source.directory(path);
  if (directory === undefined) return;
  for (const name of [...(target.directory(path)?.children.keys() ?? [])]) {
    const below = joinPath(path, name);
    if (source.get(below) !== undefined) continue;
    target.remove(below);
    made.deleted.push(below);
  }
  yield;
  for (const name of [...directory.children.keys()]) yield* mirror(run, joinPath(path, name), trust);
}

export const copyVolume = (volume: ModelVolume): ModelDirectory => cloneEntry(volume.root) as ModelDirectory;

import { type BigIntStats, type Dir, lstatSync, opendirSync } from 'node:fs';
import { errorCode } from '../../../src/process/failure.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';

export interface WalkOptions {
  readonly absolute: (path: RelPath) => Buffer;
  /** Neither told of nor entered. */
  readonly excludes: (path: RelPath, isDirectory: boolean) => boolean;
  /** What it holds, or is, is not known: never taken for nothing. */
  readonly onUnreadable: (path: RelPath, error: unknown) => void;
}

export interface WalkedEntry {
  readonly path: RelPath;
  readonly stats: BigIntStats;
}

/** Entries read at once, of a directory that may have a million. */
const bufferSize = 256;

/** Goes by itself through what is below a directory, at any depth, parents first; what vanishes meanwhile is passed over. */
export const walkBelow = (top: RelPath, options: WalkOptions): Generator<WalkedEntry> =>
  walkBy(top, (directory) => entriesOf(directory, options));

/** The same by what `list` says of each directory. */
export function* walkBy(top: RelPath, list: (directory: RelPath) => Iterable<WalkedEntry>): Generator<WalkedEntry> {
  const open = [top];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const entry of list(at)) {
      if (entry.stats.isDirectory()) open.push(entry.path);
      yield entry;
    }
  }
}

/** What one directory holds, each looked at by lstat. */
export function* entriesOf(directory: RelPath, options: WalkOptions): Generator<WalkedEntry> {
  const { absolute, excludes, onUnreadable } = options;
  let opened: Dir | undefined;
  try {
    opened = opendirSync(absolute(directory), { encoding: 'latin1' as BufferEncoding, bufferSize });
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      const path = joinPath(directory, entry.name);
      const stats = lookAt(path, options);
      if (stats !== undefined && !excludes(path, stats.isDirectory())) yield { path, stats };
    }
  } catch (error) {
    // The root is there or is lost: that it is gone is never nothing found.
    if (directory === '' || !isGone(error)) onUnreadable(directory, error);
  } finally {
    opened?.closeSync();
  }
}

function lookAt(path: RelPath, { absolute, onUnreadable }: WalkOptions): BigIntStats | undefined {
  try {
    return lstatSync(absolute(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (!isGone(error)) onUnreadable(path, error);
    return undefined;
  }
}

function isGone(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

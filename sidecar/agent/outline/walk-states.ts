import { errnoOf } from '../../../src/process/system/libc.ts';
import { at, isDirectory, type Looker } from '../../../src/process/system/statx.ts';
import type { Filter } from '../../filter/filter.ts';
import type { RelPath } from '../changes/change.ts';
import { joinPath } from '../changes/paths.ts';
import { atCurrent, type WatchCalls } from '../watch/inotify/libc.ts';

/** What a walk meets. Names end with a NUL and are to be read at once: the buffer is used again. */
export interface StateVisitor {
  /** Before all else; the looker's words are about the root. */
  root(): void;
  /** A directory is about to be gone through. @returns whether it is to be */
  enter(path: RelPath): boolean;
  /**
   * An entry of it; the looker's words are about it. `isForeign`: it is in another file system.
   * @returns whether what is below it is wanted, if it is a directory
   */
  visit(name: Buffer, from: number, isForeign: boolean): boolean;
  /** All entries of it were visited. */
  leave(path: RelPath): void;
  /** What it holds is not known for sure: told instead of `leave`. */
  unreadable(path: RelPath): void;
}

export interface StateWalkOptions {
  readonly calls: WatchCalls;
  readonly looker: Looker;
  /** Absolute, a binary string. */
  readonly root: string;
  readonly filter: Pick<Filter, 'canSkipDirectory'>;
  readonly visitor: StateVisitor;
}

const entryBufferBytes = 32 * 1024;
const lengthAt = 16;
const nameAt = 19;
const dot = 0x2e;
const self = Buffer.from('.\0');

/** Looks at everything below a root, a directory before what is below it; each `next` does a slice of some hundred looks. */
export function* walkStates({ calls, looker, root, filter, visitor }: StateWalkOptions): Generator<void> {
  const buffer = Buffer.allocUnsafeSlow(entryBufferBytes);
  const { words } = looker;
  const gone = -errnoOf('ENOENT');
  const open: RelPath[] = [''];
  let major: number | undefined;
  let minor: number | undefined;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (path !== '' && !visitor.enter(path)) continue;
    const absolute = path === '' ? root : `${root}/${path}`;
    const descriptor = calls.openDirectory(atCurrent, absolute, path === '' ? 'follow' : undefined);
    let isWhole = descriptor >= 0;
    try {
      if (isWhole && path === '') {
        isWhole = looker.look(descriptor, self) === 0;
        major = words[at.deviceMajor];
        minor = words[at.deviceMinor];
        visitor.root();
        if (!visitor.enter('')) return;
      }
      while (isWhole) {
        const length = calls.readDirectory(descriptor, buffer);
        if (length < 0) isWhole = false;
        if (length <= 0) break;
        for (let entry = 0; entry < length; ) {
          const from = entry + nameAt;
          entry += (buffer[entry + lengthAt] as number) | ((buffer[entry + lengthAt + 1] as number) << 8);
          if (isDots(buffer, from)) continue;
          const answer = looker.look(descriptor, buffer.subarray(from));
          if (answer < 0) {
            // What went meanwhile is told by its directory's time, and by an event.
            if (answer !== gone) isWhole = false;
            continue;
          }
          const isForeign = words[at.deviceMajor] !== major || words[at.deviceMinor] !== minor;
          const isParent = isDirectory(words);
          if (!visitor.visit(buffer, from, isForeign) || !isParent) continue;
          const below = joinPath(path, nameOf(buffer, from));
          if (!filter.canSkipDirectory(below)) open.push(below);
        }
        yield;
      }
    } finally {
      if (descriptor >= 0) calls.close(descriptor);
    }
    if (isWhole) visitor.leave(path);
    else visitor.unreadable(path);
    yield;
  }
}

const isDots = (bytes: Buffer, from: number): boolean =>
  bytes[from] === dot && (bytes[from + 1] === 0 || (bytes[from + 1] === dot && bytes[from + 2] === 0));

export const nameOf = (bytes: Buffer, from: number): string => bytes.toString('latin1', from, bytes.indexOf(0, from));

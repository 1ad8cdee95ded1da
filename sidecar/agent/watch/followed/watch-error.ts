import { errnoOf } from '../../../../src/process/system/libc.ts';
import type { NotWatchedReason } from '../not-watched.ts';

/** What a failed open or watch of a directory means: it went, it may not be read, or a limit of the system is reached. */
export type WatchProblem = 'gone' | 'unreadable' | 'watch-limit';

const problems: Readonly<Record<string, WatchProblem>> = {
  ENOENT: 'gone',
  ENOTDIR: 'gone',
  ELOOP: 'gone',
  ENOSPC: 'watch-limit',
  EMFILE: 'watch-limit',
  ENFILE: 'watch-limit',
  ENOMEM: 'watch-limit',
};

let byErrno: ReadonlyMap<number, WatchProblem> | undefined;

/** `errno` is positive. What isn't in the table (EACCES, EIO, ESTALE, …) can't be read for now. */
export const classifyWatchErrno = (errno: number): WatchProblem => {
  byErrno ??= new Map(Object.entries(problems).map(([name, problem]) => [errnoOf(name), problem]));
  return byErrno.get(errno) ?? 'unreadable';
};

/** Why a directory has no watch; of one that is at two places the second never gets one. */
export type Unwatched = Exclude<WatchProblem, 'gone'> | 'seen-twice';

export const notWatchedReasons: Readonly<Record<Unwatched, NotWatchedReason>> = {
  unreadable: 'Unreadable',
  'watch-limit': 'WatchLimit',
  'seen-twice': 'SeenTwice',
};

/** Nothing says when these change: they are compared as a whole. */
export const rescanReason = (why: Unwatched): 'unreadable' | 'watch-limit' =>
  why === 'seen-twice' ? 'watch-limit' : why;

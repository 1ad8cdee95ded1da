import { errnoOf } from '../../../src/process/libc.ts';

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

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { SourceTree } from './violation.ts';

/** The repository's text files that `wanted` picks, committed or not yet, without what git ignores. */
export const readTree = (wanted: (path: string) => boolean): SourceTree => {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const paths = [...new Set(list.split('\0'))].filter((path) => path !== '' && wanted(path) && existsSync(path));
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]));
};

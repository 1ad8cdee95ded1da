import type { RelPath } from '../changes/change.ts';

/** One difference between source and target, as a dry run prints it (see `compareFormat`). */
export type Difference =
  | { readonly kind: 'delete'; readonly path: RelPath; readonly isDirectory: boolean }
  | {
      readonly kind: 'content';
      readonly path: RelPath;
      readonly isDirectory: boolean;
      readonly size: number;
      /** The target has nothing of its name. */
      readonly isNew: boolean;
    }
  | { readonly kind: 'attributes'; readonly path: RelPath; readonly isDirectory: boolean };

const line = /^(\*deleting|[<>ch.][fdLDS][^ ]*) +(-?\d+) (.*)$/s;
const skippedLine = /^skipping non-regular file "(.*)"$/s;
const tooLargeLine = /^(.*) is over max-size$/s;

/**
 * Parses one line. Returns undefined for lines that name no difference (statistics, unchanged entries).
 * Source: rsync(1), `--itemize-changes` and `--out-format`.
 */
export function parseItem(text: string): Difference | undefined {
  const match = line.exec(text);
  if (match === null) return undefined;
  const [, item = '', size = '0', rest = ''] = match;
  if (item === '*deleting') {
    const path = unescapeName(rest);
    return { kind: 'delete', path: stripSlash(path), isDirectory: path.endsWith('/') };
  }
  const update = item[0];
  const path = stripSlash(unescapeName(rest));
  const isDirectory = item[1] === 'd';
  const changes = item.slice(2);
  if (/^\.*$/.test(changes) || changes.trim() === '') {
    return update === '.' ? undefined : { kind: 'content', path, isDirectory, size: Number(size), isNew: false };
  }
  if (isDirectory) {
    return changes.startsWith('+')
      ? { kind: 'content', path, isDirectory, size: 0, isNew: true }
      : { kind: 'attributes', path, isDirectory };
  }
  if (update === '.') return { kind: 'attributes', path, isDirectory };
  return { kind: 'content', path, isDirectory, size: Number(size), isNew: changes.startsWith('+') };
}

/** Why a file is left out by what it is. */
export type LeftOutWhy = 'special-file' | 'too-large';

/** What rsync says it leaves out: a special file, or one over its --max-size. */
export function parseSkipped(text: string): { readonly path: RelPath; readonly why: LeftOutWhy } | undefined {
  const special = skippedLine.exec(text)?.[1];
  if (special !== undefined) return { path: stripSlash(unescapeName(special)), why: 'special-file' };
  const large = tooLargeLine.exec(text)?.[1];
  return large === undefined ? undefined : { path: stripSlash(unescapeName(large)), why: 'too-large' };
}

/** rsync writes bytes it won't print as `\#ooo`, and a backslash that could be mistaken for one likewise. */
export function unescapeName(text: string): RelPath {
  return text.replace(/\\#([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The same for showing a path to a person. */
export function escapeName(path: RelPath): string {
  return path.replace(/[^\x20-\x7e]|\\(?=#[0-7]{3})/g, (c) => `\\#${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

function stripSlash(path: string): RelPath {
  const trimmed = path.endsWith('/') ? path.slice(0, -1) : path;
  return trimmed === '.' ? '' : trimmed.startsWith('./') ? trimmed.slice(2) : trimmed;
}

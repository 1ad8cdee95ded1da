import { wildmatch } from './wildmatch.ts';

/** One rsync filter rule, prepared. Source: `add_rule` and `rule_matches` in exclude.c of rsync 3.5.0. */
export interface Rule {
  readonly include: boolean;
  /** Matches by the last component alone: no slash inside, no `**`. */
  readonly byNameOnly: boolean;
  readonly matches: (path: string, isDirectory: boolean) => boolean;
}

/** `pattern` is the user's text; rsync gets it as UTF-8 bytes and so do we. */
export const compileRule = (pattern: string, include: boolean): Rule => {
  const bytes = Buffer.from(pattern, 'utf8').toString('latin1');
  const directoriesOnly = bytes.length > 1 && bytes.endsWith('/');
  const body = directoriesOnly ? bytes.slice(0, -1) : bytes;
  const slashes = body.split('/').length - 1;
  const wild = /[*?[]/.test(body);
  const firstDouble = body.indexOf('**');
  const wild2 = firstDouble !== -1;
  const anchored = body.startsWith('/');
  const byNameOnly = slashes === 0 && !wild2;
  const text = anchored ? body.slice(1) : body;
  // "**/x" also matches x at the top: rsync puts a slash before the name; "x/***" matches the directory x itself: one after it.
  const slashBefore = !byNameOnly && firstDouble === 0;
  const slashAfter = wild2 && body.endsWith('***');
  const lastElements = !anchored && slashes > 0 && !wild2 ? slashes + 1 : 0;
  const from = !anchored && wild2 && firstDouble !== 0 ? 'slash' : 'start';

  const matches = (path: string, isDirectory: boolean): boolean => {
    if (directoriesOnly && !isDirectory) return false;
    let name = byNameOnly ? path.slice(path.lastIndexOf('/') + 1) : path;
    if (slashBefore) name = `/${name}`;
    if (slashAfter && isDirectory) name = `${name}/`;
    if (lastElements > 0) {
      const tail = takeLastElements(name, lastElements);
      if (tail === undefined) return false;
      name = tail;
    }
    return wild ? wildmatch(text, name, from) : name === text;
  };
  return { include, byNameOnly, matches };
};

const takeLastElements = (path: string, count: number): string | undefined => {
  let at = path.length;
  for (let left = count; left > 0; left--) {
    at = path.lastIndexOf('/', at - 1);
    if (at === -1) return left === 1 ? path : undefined;
  }
  return path.slice(at + 1);
};

/**
 * rsync's own wildcard matcher (lib/wildmatch.c of rsync 3.5.0), on latin1 "binary strings": a character is a byte.
 * `*` and `?` and classes stop at `/`; `**` crosses it. Kept step by step as the original, so that corner cases
 * (unclosed classes, `[!-a]`, a trailing backslash) are the same.
 */

type Verdict = 'match' | 'no' | 'abort-all' | 'abort-to-starstar';

/** `from`: 'start', or 'slash' = also after any slash. Both strings are without NUL. */
export const wildmatch = (pattern: string, text: string, from: 'start' | 'slash'): boolean => {
  const p = `${pattern}\0`;
  const t = `${text}\0`;
  let verdict = match(p, 0, t, 0);
  if (verdict === 'match') return true;
  if (from === 'start' || verdict === 'abort-all') return false;
  for (let slash = text.indexOf('/'); slash !== -1; slash = text.indexOf('/', slash + 1)) {
    verdict = match(p, 0, t, slash + 1);
    if (verdict === 'match') return true;
    if (verdict === 'abort-all') return false;
  }
  return false;
};

const match = (p: string, pStart: number, t: string, tStart: number): Verdict => {
  let pi = pStart;
  let ti = tStart;
  for (; p[pi] !== '\0'; pi++, ti++) {
    const textChar = t[ti] as string;
    if (textChar === '\0' && p[pi] !== '*') return 'abort-all';
    switch (p[pi]) {
      case '?':
        if (textChar === '/') return 'no';
        continue;
      case '*':
        return matchStar(p, pi, t, ti);
      case '[': {
        const set = matchClass(p, pi, textChar);
        if (set === 'abort-all') return 'abort-all';
        if (!set.matched || textChar === '/') return 'no';
        pi = set.end;
        continue;
      }
      case '\\':
        pi++;
    }
    if (textChar !== p[pi]) return 'no';
  }
  return t[ti] === '\0' ? 'match' : 'no';
};

const matchStar = (p: string, pStart: number, t: string, tStart: number): Verdict => {
  let pi = pStart + 1;
  const crossesSlash = p[pi] === '*';
  while (p[pi] === '*') pi++;
  if (p[pi] === '\0') return crossesSlash || t.indexOf('/', tStart) === -1 ? 'match' : 'no';
  for (let ti = tStart; t[ti] !== '\0'; ti++) {
    const verdict = match(p, pi, t, ti);
    if (verdict !== 'no') {
      if (!crossesSlash || verdict !== 'abort-to-starstar') return verdict;
    } else if (!crossesSlash && t[ti] === '/') return 'abort-to-starstar';
  }
  return 'abort-all';
};

/** `end` is the index of the closing bracket. */
const matchClass = (
  p: string,
  pStart: number,
  textChar: string,
): { readonly matched: boolean; readonly end: number } | 'abort-all' => {
  let pi = pStart + 1;
  const negated = p[pi] === '!' || p[pi] === '^';
  if (negated) pi++;
  let matched = false;
  let previous = '';
  do {
    let current = p[pi] as string;
    if (current === '\0') return 'abort-all';
    if (current === '\\') {
      current = p[++pi] as string;
      if (current === '\0') return 'abort-all';
      if (textChar === current) matched = true;
    } else if (current === '-' && previous !== '' && p[pi + 1] !== '\0' && p[pi + 1] !== ']') {
      current = p[++pi] as string;
      if (current === '\\') {
        current = p[++pi] as string;
        if (current === '\0') return 'abort-all';
      }
      if (textChar <= current && textChar >= previous) matched = true;
      current = '';
    } else if (current === '[' && p[pi + 1] === ':') {
      const close = p.indexOf(']', pi + 2);
      if (close === -1) return 'abort-all';
      if (close - 1 < pi + 2 || p[close - 1] !== ':') {
        // No ":]": an ordinary set that holds '['.
        if (textChar === '[') matched = true;
      } else {
        const named = namedClasses[p.slice(pi + 2, close - 1)];
        if (!named) return 'abort-all';
        if (named(textChar.charCodeAt(0))) matched = true;
        pi = close;
        current = '';
      }
    } else if (textChar === current) matched = true;
    previous = current;
    pi++;
  } while (p[pi] !== ']');
  return { matched: matched !== negated, end: pi };
};

const isDigit = (c: number) => c >= 0x30 && c <= 0x39;
const isUpper = (c: number) => c >= 0x41 && c <= 0x5a;
const isLower = (c: number) => c >= 0x61 && c <= 0x7a;
const isAlnum = (c: number) => isDigit(c) || isUpper(c) || isLower(c);
const isGraph = (c: number) => c > 0x20 && c < 0x7f;

/** The C locale's classes, by which rsync is run. */
const namedClasses: Readonly<Record<string, (c: number) => boolean>> = Object.assign(Object.create(null), {
  alnum: isAlnum,
  alpha: (c: number) => isUpper(c) || isLower(c),
  blank: (c: number) => c === 0x20 || c === 0x09,
  cntrl: (c: number) => c < 0x20 || c === 0x7f,
  digit: isDigit,
  graph: isGraph,
  lower: isLower,
  print: (c: number) => c >= 0x20 && c < 0x7f,
  punct: (c: number) => isGraph(c) && !isAlnum(c),
  space: (c: number) => c === 0x20 || (c >= 0x09 && c <= 0x0d),
  upper: isUpper,
  xdigit: (c: number) => isDigit(c) || (c >= 0x41 && c <= 0x46) || (c >= 0x61 && c <= 0x66),
});

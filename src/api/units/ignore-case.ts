const isLetter = (text: string | undefined): text is string => text !== undefined && /^[a-zA-Z]$/.test(text);
const swapCase = (letter: string): string =>
  letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
const bothCases = (letter: string): string => `[${letter}${swapCase(letter)}]`;

/**
 * The same rsync pattern for either case: rsync has no such option, but a set of characters says it to every rsync there is.
 * Letters are those of ASCII, since a set holds bytes. A pattern without a wildcard becomes one with: there a backslash is plain.
 */
export const ignoreCase = (pattern: string): string => {
  const isWild = /[*?[]/.test(pattern);
  const isChanged = /[a-zA-Z]/.test(pattern);
  let result = '';
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === '\\' && !isWild) result += isChanged ? '\\\\' : '\\';
    else if (character === '\\') {
      const next = pattern[++at];
      result += isLetter(next) ? bothCases(next) : `\\${next ?? ''}`;
    } else if (character === '[') {
      const set = readSet(pattern, at);
      // One that does not end is no set to rsync either, and matches nothing.
      if (set === undefined) return result + pattern.slice(at);
      result += set.text;
      at = set.end;
    } else result += isLetter(character) ? bothCases(character) : character;
  }
  return result;
};

/** A set with both cases of what is in it; `end` is where its bracket closes. */
const readSet = (pattern: string, start: number): { readonly text: string; readonly end: number } | undefined => {
  let at = start + 1;
  const negation = pattern[at] === '!' || pattern[at] === '^' ? (pattern[at++] as string) : '';
  let members = '';
  let others = '';
  for (let isFirst = true; pattern[at] !== ']' || isFirst; isFirst = false) {
    if (at >= pattern.length) return undefined;
    const named = /^\[:[a-z]+:\]/.exec(pattern.slice(at))?.[0];
    if (named !== undefined) {
      members += named === '[:upper:]' || named === '[:lower:]' ? '[:alpha:]' : named;
      at += named.length;
      continue;
    }
    const from = readMember(pattern, at);
    const to =
      pattern[from.next] === '-' && pattern[from.next + 1] !== ']' ? readMember(pattern, from.next + 1) : undefined;
    const next = to?.next ?? from.next;
    members += pattern.slice(at, next);
    if (to === undefined) others += isLetter(from.letter) ? swapCase(from.letter) : '';
    else if (isLetter(from.letter) && isLetter(to.letter)) others += `${swapCase(from.letter)}-${swapCase(to.letter)}`;
    at = next;
  }
  return { text: `[${negation}${members}${others}]`, end: at };
};

const readMember = (pattern: string, at: number): { readonly letter: string | undefined; readonly next: number } =>
  pattern[at] === '\\' ? { letter: pattern[at + 1], next: at + 2 } : { letter: pattern[at], next: at + 1 };

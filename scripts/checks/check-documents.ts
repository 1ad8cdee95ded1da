import { posix } from 'node:path';
import type { SourceTree, Violation } from './violation.ts';

export interface KnownCommands {
  /** Scripts of package.json. */
  readonly scripts: ReadonlySet<string>;
  /** Commands of the program, each with its long flags. */
  readonly commands: ReadonlyMap<string, ReadonlySet<string>>;
}

const npmBuiltins = new Set(['ci', 'test', 'install', 'run']);

const lineOf = (text: string, index: number): number => text.slice(0, index).split('\n').length;

/** The part of a shell line that belongs to one command. */
const oneCommand = (text: string): string => text.split(/\s(?:&&|\|\|?|;|#)\s|`/)[0] ?? '';

/** Code blocks and what is between backticks, with their places. */
const codeOf = (text: string): { readonly code: string; readonly index: number }[] =>
  [...text.matchAll(/```[^\n]*\n([\s\S]*?)```|`([^`\n]+)`/g)].map((match) => ({ code: match[0], index: match.index }));

const checkNpmScripts = (file: string, text: string, { scripts }: KnownCommands): Violation[] =>
  codeOf(text).flatMap(({ code, index }) =>
    [...code.matchAll(/\bnpm (run )?([a-z][a-z0-9:-]*)/g)].flatMap((match) => {
      const [, run, name = ''] = match;
      const known = run ? scripts.has(name) : npmBuiltins.has(name);
      return known
        ? []
        : [{ file, line: lineOf(text, index + match.index), message: `${match[0]} doesn't exist in package.json` }];
    }),
  );

/** Lines that call the program, in code blocks and between backticks; a release of that name is none. */
const programCall = /(?:^|[\s`$(])(?<!\bhelm [a-z]+ )(?:npx )?syncreplica ([a-z][a-z-]*)((?:\\\n|[^\n])*)/g;

const checkProgramCalls = (file: string, text: string, { commands }: KnownCommands): Violation[] => {
  return codeOf(text).flatMap(({ code, index }) =>
    [...code.matchAll(programCall)].flatMap((match) => {
      const line = lineOf(text, index + match.index + 1);
      const flags = commands.get(match[1] ?? '');
      if (!flags) return [{ file, line, message: `there is no command syncreplica ${match[1]}` }];
      return [...oneCommand(match[2] ?? '').matchAll(/(?:^|\s)(--[a-z][a-z-]*)/g)]
        .filter(([, flag = '']) => !flags.has(flag) && flag !== '--help')
        .map(([, flag]) => ({ file, line, message: `syncreplica ${match[1]} has no ${flag}` }));
    }),
  );
};

/** As GitHub names the headings of a page: one that comes again is numbered. */
const anchorsOf = (text: string): ReadonlySet<string> => {
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)) {
    const plain = heading.trim().replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const anchor = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-');
    let free = anchor;
    for (let next = 1; anchors.has(free); next += 1) free = `${anchor}-${next}`;
    anchors.add(free);
  }
  return anchors;
};

const checkLinks = (
  file: string,
  text: string,
  documents: SourceTree,
  exists: (path: string) => boolean,
): Violation[] =>
  [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)]*))?\)/g)].flatMap((match) => {
    const [, path = '', anchor] = match;
    const target = path === '' ? file : posix.normalize(posix.join(posix.dirname(file), path));
    const line = lineOf(text, match.index);
    if (path !== '' && !exists(target)) return [{ file, line, message: `links to ${path}, which doesn't exist` }];
    const page = documents.get(target);
    return anchor === undefined || page === undefined || anchorsOf(page).has(anchor)
      ? []
      : [{ file, line, message: `links to ${path}#${anchor}, a heading that doesn't exist` }];
  });

/** What documents say can be done: commands, flags, links and the headings that they mean exist. */
export const checkDocuments = (
  documents: SourceTree,
  known: KnownCommands,
  exists: (path: string) => boolean,
): Violation[] =>
  [...documents].flatMap(([file, text]) => [
    ...checkNpmScripts(file, text, known),
    ...checkProgramCalls(file, text, known),
    ...checkLinks(file, text, documents, exists),
  ]);

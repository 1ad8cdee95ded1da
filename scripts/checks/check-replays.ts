import { posix } from 'node:path';
import { scanImports } from './scan-imports.ts';
import type { SourceTree, Violation } from './violation.ts';

const replay = /\bnode --test\b[^`\n]*/g;
const pattern = /--test-name-pattern[= ](?:'([^']*)'|"([^"]*)"|(\S+))/;

/** Names may be made of what a test imports, or of what that puts together. */
const textOf = (file: string, sources: SourceTree, depth = 2): string => {
  const text = sources.get(file) ?? '';
  const imported = depth === 0 ? [] : scanImports(text).filter(({ specifier }) => specifier.startsWith('.'));
  const paths = imported.map(({ specifier }) => posix.join(posix.dirname(file), specifier));
  return [text, ...paths.map((path) => textOf(path, sources, depth - 1))].join('\n');
};

const checkReplay = (command: string, sources: SourceTree): string[] => {
  const tests = command.match(/[\w./*-]+\.test\.ts/g) ?? [];
  const missing = tests.filter((test) => !test.includes('*') && !sources.has(test));
  const [, ...quoted] = pattern.exec(command) ?? [];
  // In a table a bar is written with a backslash.
  const wanted = quoted.find((one) => one !== undefined)?.replaceAll('\\|', '|');
  const texts = tests.map((test) => textOf(test, sources)).join('\n');
  return [
    ...missing.map((test) => `runs ${test}, which doesn't exist`),
    ...(missing.length > 0 || wanted === undefined || new RegExp(wanted).test(texts)
      ? []
      : [`runs no test: none of these has ${JSON.stringify(wanted)} in its name`]),
  ];
};

/** Commands of documents that run tests: those that run none end well, and show nothing. `sources` holds the TypeScript files. */
export const checkReplays = (documents: SourceTree, sources: SourceTree): Violation[] =>
  [...documents].flatMap(([file, text]) =>
    text
      .split('\n')
      .flatMap((line, index) =>
        (line.match(replay) ?? [])
          .flatMap((command) => checkReplay(command, sources))
          .map((message) => ({ file, line: index + 1, message })),
      ),
  );

import { dirname, join } from 'node:path';
import type { Context } from '../../harness/scenario.ts';

const project = dirname(dirname(dirname(import.meta.dirname)));

/** Words of a command as a shell would split it, for commands that need no shell. Throws on what does. */
const splitWords = (command: string): string[] => {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  if (/[|<>;&$`]/.test(command.replaceAll(/'[^']*'/g, ''))) throw new Error(`${command}: it needs a shell`);
  return words;
};

/** Runs a command of the documents as it stands there, in the project's folder; gives what it prints. */
export const runDocumented = (context: Context, command: string): Promise<string> => {
  const [program, ...words] = splitWords(command);
  const args = words.map((word) => (/^(\.\/)?(docs|charts|e2e)\//.test(word) ? join(project, word) : word));
  if (program === 'kubectl') return context.kubectl(args);
  if (program === 'helm') return context.helm(args);
  throw new Error(`${command}: no program of the documents`);
};

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from './scenario.ts';

const project = dirname(dirname(import.meta.dirname));
const plugin = join(project, 'bin/kubectl-syncreplica.mjs');

/** Words of a command as a shell would split it, for commands that need no shell. Throws on what does. */
const splitWords = (command: string): string[] => {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  if (/[|<>;&$`]/.test(command.replaceAll(/'[^']*'/g, ''))) throw new Error(`${command}: it needs a shell`);
  return words;
};

/** Runs a command of the documents as it stands there, in the project’s folder; gives what kubectl and helm print. */
export const runDocumented = async (context: Context, command: string): Promise<string> => {
  const [program, ...words] = splitWords(command);
  const args = words.map((word) => (/^(\.\/)?(docs|charts|e2e)\//.test(word) ? join(project, word) : word));
  if (program === 'kubectl' && args[0] === 'syncreplica') return runPlugin(context, args.slice(1));
  if (program === 'kubectl') return context.kubectl(args);
  if (program === 'helm') return context.helm(args);
  throw new Error(`${command}: no program of the documents`);
};

/** As kubectl would, with the administrator's rights, where the API server can be reached. */
const runPlugin = async (context: Context, words: readonly string[]): Promise<string> => {
  const folder = mkdtempSync(join(tmpdir(), 'syncreplica-plugin-'));
  try {
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, await context.kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']));
    const ended = '"$0" "$@"; echo "the plugin ended with $?"';
    // What is shown may be not well: that is no failure to show it.
    const codes = words[0] === 'status' ? '[01]' : '0';
    const program = context.outside([
      'sh',
      '-c',
      ended,
      process.execPath,
      plugin,
      ...words,
      '--kubeconfig',
      kubeconfig,
    ]);
    try {
      await program.untilSays(new RegExp(`the plugin ended with ${codes}\n`));
    } finally {
      await program.stop();
    }
    return '';
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

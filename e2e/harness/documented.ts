import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context, KubeObject } from './scenario.ts';

const project = dirname(dirname(import.meta.dirname));
const plugin = join(project, 'bin/kubectl-syncreplica.mjs');

/** Words of a command as a shell would split it, for commands that need no shell. Throws on what does. */
const splitWords = (command: string): string[] => {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"]+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
  if (/[|<>;&$`]/.test(command.replaceAll(/'[^']*'/g, ''))) throw new Error(`${command}: it needs a shell`);
  return words;
};

/** The names of two clusters in the documents: the one that a scenario runs on, and the other. */
const ours = 'main';
const others = 'standby';

/** Runs a command of the documents as it stands there, in the project’s folder; gives what kubectl and helm print. */
export const runDocumented = async (here: Context, command: string): Promise<string> => {
  const [program, ...given] = splitWords(command);
  const words = given.map((word) => (/^(\.\/)?(docs|charts|e2e)\//.test(word) ? join(project, word) : word));
  const at = words.indexOf('--context');
  // What is about both clusters is said where both are reached; all else in the cluster that it is about.
  const isOfBoth = words.includes('--to-context');
  const context = !isOfBoth && at >= 0 && words[at + 1] === others ? here.other.context : here;
  const args = isOfBoth || at < 0 ? words : [...words.slice(0, at), ...words.slice(at + 2)];
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
    const isOfBoth = words.includes('--to-context');
    writeFileSync(kubeconfig, JSON.stringify(await (isOfBoth ? configOfBoth(context) : configOf(context))));
    // What is shown may be not well: that is no failure to show it.
    const codes = words[0] === 'status' ? '[01]' : '0';
    const program = context.outside([
      'sh',
      '-c',
      '"$0" "$@"; echo "the plugin ended with $?"',
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
    return program.said();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const configOf = async (context: Context): Promise<KubeObject> =>
  JSON.parse(await context.kubectl(['config', 'view', '--raw', '--flatten', '-o', 'json']));

/** One kubeconfig for the two clusters, as seen from the first. */
const configOfBoth = async (context: Context): Promise<KubeObject> => {
  const [here, there] = [await configOf(context), await configOf(context.other.context)];
  const renamed = ({ clusters: [{ cluster }], users: [{ user }] }: KubeObject, name: string, more: object) => ({
    clusters: [{ name, cluster: { ...cluster, ...more } }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
  const one = renamed(here, ours, {});
  // Its certificate names none of the addresses between the two.
  const two = renamed(there, others, { server: context.other.server, 'tls-server-name': 'kubernetes' });
  const both = (part: 'clusters' | 'users' | 'contexts') => [...one[part], ...two[part]];
  const parts = { clusters: both('clusters'), users: both('users'), contexts: both('contexts') };
  return { apiVersion: 'v1', kind: 'Config', ...parts, 'current-context': ours };
};

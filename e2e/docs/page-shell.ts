import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf } from './read-documents.ts';

const main = join(import.meta.dirname, '../../src/cli/main.ts');

/** What a person at a shell has: the real kubectl with its plugin, and a kubeconfig. */
export interface PageShellFacts {
  /** Where its files go, and where commands run. */
  readonly folder: string;
  readonly kubectl: string;
  // biome-ignore lint/suspicious/noExplicitAny: a kubeconfig as kubectl gives it
  readonly config: any;
  /** That of the pages' commands that name none. */
  readonly namespace: string;
}

/** The words that run a line of the pages as it stands there. */
export const makePageShell = ({ folder, kubectl, config, namespace }: PageShellFacts) => {
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  symlinkSync(kubectl, join(programs, 'kubectl'));
  const plugin = join(programs, 'kubectl-syncreplica');
  writeFileSync(plugin, `#!/bin/sh\nexec '${process.execPath}' '${main}' --as-kubectl-plugin "$@"\n`);
  chmodSync(plugin, 0o755);
  const kubeconfig = join(folder, 'kubeconfig');
  const contexts = config.contexts.map((one: { context: object }) => ({
    ...one,
    context: { ...one.context, namespace },
  }));
  writeFileSync(kubeconfig, JSON.stringify({ ...config, contexts }), { mode: 0o600 });
  const variables = [`PATH=${programs}:${process.env.PATH}`, `KUBECONFIG=${kubeconfig}`, `HOME=${folder}`];
  return (line: string): string[] => ['env', ...variables, 'sh', '-c', `cd "$0" && ${line}`, folder];
};

/** The lines of a page that are shown with what they print: those behind a `$ `. */
export const shownCommandsOf = (path: string): string[] =>
  blocksOf(path, 'text').flatMap((text) => [...text.matchAll(/^\$ (.*)$/gm)].map(([, command = '']) => command));

import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { buildBinaries } from '../cluster/binaries.ts';
import { type CommandResult, tryCommand } from '../cluster/command.ts';
import { silent } from '../cluster/progress.ts';

export const chartFolder = join(import.meta.dirname, '../../charts/syncreplica');
export const release = { name: 'syncreplica', namespace: 'syncreplica-system' } as const;

// biome-ignore lint/suspicious/noExplicitAny: the schema is the apiserver's, and a wrong field fails the test
export type Rendered = any;

/** Runs the real helm; built into the cache when it is not there. */
export const helm = async (args: readonly string[]): Promise<CommandResult> => {
  const bin = await buildBinaries(silent, process.env, ['helm']);
  return tryCommand(join(bin, 'helm'), args);
};

/** What helm would install with these `--set`s. Throws with helm's words where it refuses them. */
export const render = (...sets: readonly string[]): Promise<Rendered[]> =>
  template(sets.flatMap((set) => ['--set', set]));

/** The same with `--set-json`. */
export const renderJson = (...sets: readonly string[]): Promise<Rendered[]> =>
  template(sets.flatMap((set) => ['--set-json', set]));

const template = async (flags: readonly string[]): Promise<Rendered[]> => {
  const words = ['template', release.name, chartFolder, '--namespace', release.namespace];
  const { code, stdout, stderr } = await helm([...words, ...flags]);
  if (code !== 0) throw new Error(stderr);
  return parseAllDocuments(stdout)
    .map((document) => document.toJS())
    .filter((object) => object !== null);
};

export const ofKind = (objects: readonly Rendered[], kind: string): Rendered[] =>
  objects.filter((object) => object.kind === kind);

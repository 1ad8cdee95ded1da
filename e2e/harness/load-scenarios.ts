import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ClusterError } from '../cluster/failure.ts';
import type { Scenario } from './scenario.ts';

/** Loads every scenario of a folder: each `NAME.ts` exports `scenario` of that name. `cluster` first, the others by name. */
export async function loadScenarios(folder: string): Promise<readonly Scenario[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const found: Scenario[] = [];
  for (const file of files) {
    const { scenario } = (await import(pathToFileURL(join(folder, file)).href)) as { scenario?: Scenario };
    if (scenario === undefined || `${scenario.name}.ts` !== file) {
      throw new ClusterError(
        'bad-scenario',
        `load ${file}: it exports no scenario named ${file.replace(/\.ts$/, '')}`,
        '',
      );
    }
    found.push(scenario);
  }
  // When the cluster itself does not do what it should, nothing that the others say counts.
  const rank = ({ name }: Scenario) => (name === 'cluster' ? 0 : 1);
  return found.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** The scenarios of these names in their own order, all when none is named. Throws ClusterError `no-scenario`. */
export function chooseScenarios(all: readonly Scenario[], names: readonly string[]): readonly Scenario[] {
  const unknown = names.filter((name) => !all.some((scenario) => scenario.name === name));
  if (unknown.length > 0) {
    const known = all.map(({ name }) => name).join(', ');
    throw new ClusterError('no-scenario', `run ${unknown.join(', ')}: no such scenario`, `There are: ${known}`);
  }
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}

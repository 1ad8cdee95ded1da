import { apiGroup, apiVersion, kind } from '../api/names.ts';
import type { SyncReplica } from '../api/schema/syncreplica.generated.ts';
import { UsageFailure } from '../terminal/usage-failure.ts';
import { formatYaml } from '../terminal/yaml.ts';

export type Form = 'table' | 'json' | 'yaml' | 'name';

/** @throws UsageFailure for a form that the verb has not; `nameless` is what it shows where that are no objects */
export const formOf = (output: string | undefined, forms: readonly Form[], nameless?: string): Form => {
  const form = forms.find((one) => one === (output ?? 'table'));
  if (form) return form;
  const why = output === 'name' && nameless !== undefined ? `${nameless} are no objects, and have no names; ` : '';
  throw new UsageFailure(`--output ${output}: ${why}write ${forms.join(', ')}`);
};

export const printNames = (names: Iterable<string>): void => {
  for (const name of names) console.log(`${kind.toLowerCase()}.${apiGroup}/${name}`);
};

/** Prints a value as JSON or YAML. */
export const printValue = (form: Form, value: unknown): void => {
  console.log(form === 'json' ? JSON.stringify(value, null, 2) : formatYaml(value).trimEnd());
};

/** What kubectl prints for the same objects in the same form. */
export const printReplicas = (form: Form, replicas: readonly SyncReplica[], isOne: boolean): void => {
  if (form === 'name') {
    printNames(replicas.map(({ metadata }) => metadata.name));
    return;
  }
  const items = replicas.map(({ metadata, ...replica }) => {
    const { managedFields: _, ...shown } = metadata as typeof metadata & { readonly managedFields?: unknown };
    return { apiVersion: `${apiGroup}/${apiVersion}`, kind, metadata: shown, ...replica };
  });
  printValue(form, isOne ? items[0] : { apiVersion: 'v1', kind: 'List', items });
};

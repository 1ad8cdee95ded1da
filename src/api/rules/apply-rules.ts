import type { Problem } from './problem.ts';
import type { Rule } from './rule.ts';

interface Place {
  readonly field: string;
  readonly value: unknown;
  readonly old: unknown;
}

/** What an item of a list was before: lists of named items go by their names, as in the API server. */
const findOld = (before: unknown, item: unknown): unknown => {
  const name = (item as { name?: unknown } | null)?.name;
  if (!Array.isArray(before) || name === undefined) return undefined;
  return before.find((old) => (old as { name?: unknown } | null)?.name === name);
};

/** Every place of `value` that a path such as `spec.targets[].name` names. Absent places are left out. */
const placesOf = (at: string, root: Place): Place[] => {
  let places: Place[] = [root];
  for (const step of at.split('.').slice(1)) {
    const key = step.replace('[]', '');
    places = places.flatMap(({ field, value, old }) => {
      const next: Place = {
        field: `${field}.${key}`,
        value: (value as Record<string, unknown> | undefined)?.[key],
        old: (old as Record<string, unknown> | undefined)?.[key],
      };
      if (next.value === undefined) return [];
      if (!step.endsWith('[]')) return [next];
      return (next.value as unknown[]).map((item, index) => ({
        field: `${next.field}[${index}]`,
        value: item,
        old: findOld(next.old, item),
      }));
    });
  }
  return places;
};

/** Problems of a valid, defaulted spec that only rules find. `old` is the spec before an update. */
export const applyRules = (rules: readonly Rule[], spec: unknown, old?: unknown): Problem[] =>
  rules.flatMap((rule) =>
    placesOf(rule.at, { field: 'spec', value: spec, old })
      .filter(({ value, old: before }) => !rule.holds(value as never, before as never))
      .map(({ field }) => ({ field: field + (rule.fieldPath ?? ''), message: rule.message, code: 'Invalid' as const })),
  );

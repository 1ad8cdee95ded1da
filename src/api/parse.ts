import { type ResolvedSpec, resolveSpec } from './resolved-spec.ts';
import { applyRules } from './rules/apply-rules.ts';
import type { Problem } from './rules/problem.ts';
import { rules } from './rules/rules.ts';
import type { SyncReplicaSpec } from './schema/syncreplica.generated.ts';
import { specSchema } from './schema/syncreplica-schema.generated.ts';
import { validateSchema } from './schema/validate-schema.ts';

export type Parsed<T> =
  | { readonly ok: true; readonly spec: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Parses a SyncReplica: defaults filled in, units resolved, or every problem with its sentence.
 * The verdict and the sentences are the apiserver's: fields first, then rules when all fields are as they must be.
 * `previous` is the object before an update, for what may not change.
 */
export const parseSyncReplica = (
  object: { readonly spec?: unknown },
  previous?: { readonly spec?: unknown },
): Parsed<ResolvedSpec> => parse(object, previous, 'refused');

/** As it is stored: a field that only a newer version knows was accepted by its schema, and is left to it. */
export const parseStoredSyncReplica = (object: { readonly spec?: unknown }): Parsed<ResolvedSpec> =>
  parse(object, undefined, 'ignored');

const parse = (
  object: { readonly spec?: unknown },
  previous: { readonly spec?: unknown } | undefined,
  unknownFields: 'refused' | 'ignored',
): Parsed<ResolvedSpec> => {
  if (object.spec === undefined || object.spec === null)
    return { ok: false, problems: [{ field: 'spec', message: 'Required value', code: 'Required' }] };
  const { value, problems: all } = validateSchema(specSchema, object.spec, 'spec');
  const problems = all.filter(({ code }) => unknownFields === 'refused' || code !== 'UnknownField');
  if (problems.length > 0) return { ok: false, problems };
  const old = previous && validateSchema(specSchema, previous.spec, 'spec').value;
  const broken = applyRules(rules, value, old);
  return broken.length > 0
    ? { ok: false, problems: broken }
    : { ok: true, spec: resolveSpec(value as SyncReplicaSpec) };
};

import type { Problem, ProblemCode } from '../rules/problem.ts';
import type { Schema } from './schema.ts';

type Json = Record<string, unknown>;

/** The name of a value's type as the apiserver prints it. */
const typeName = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};

const quote = (value: unknown): string => JSON.stringify(value);

/**
 * Checks a value against a structural schema and fills in defaults, as an apiserver does with strict field validation.
 * The value itself is left alone. Messages are the apiserver's own.
 */
export const validateSchema = (
  schema: Schema,
  value: unknown,
  field: string,
): { value: unknown; problems: Problem[] } => {
  const problems: Problem[] = [];
  const report = (at: string, code: ProblemCode, message: string): undefined => {
    problems.push({ field: at, code, message });
  };

  const walkObject = (at: string, part: Schema, given: Json): Json => {
    if (part['x-kubernetes-preserve-unknown-fields'] || (!part.properties && !part.additionalProperties)) return given;
    const result: Json = {};
    for (const [key, child] of Object.entries(given)) {
      const known = part.properties && Object.hasOwn(part.properties, key) ? part.properties[key] : undefined;
      const childSchema = known ?? part.additionalProperties;
      if (!childSchema) report(`${at}.${key}`, 'UnknownField', `unknown field ${quote(`${at}.${key}`)}`);
      else if (child === undefined || (child === null && childSchema.default !== undefined)) continue;
      else result[key] = walk(`${at}.${key}`, childSchema, child);
    }
    for (const [key, childSchema] of Object.entries(part.properties ?? {}))
      if (!(key in result) && childSchema.default !== undefined)
        result[key] = walk(`${at}.${key}`, childSchema, structuredClone(childSchema.default));
    for (const key of part.required ?? []) if (!(key in result)) report(`${at}.${key}`, 'Required', 'Required value');
    if (part.maxProperties !== undefined && Object.keys(given).length > part.maxProperties)
      report(at, 'TooMany', `must have at most ${part.maxProperties} items`);
    return result;
  };

  const walkArray = (at: string, part: Schema, given: readonly unknown[]): unknown => {
    if (part.maxItems !== undefined && given.length > part.maxItems)
      return report(at, 'TooMany', `must have at most ${part.maxItems} items`);
    if (part['x-kubernetes-list-type'] === 'set')
      given.forEach((item, index) => {
        if (given.indexOf(item) < index) report(`${at}[${index}]`, 'Duplicate', `Duplicate value: ${quote(item)}`);
      });
    return given.map((item, index) => (part.items ? walk(`${at}[${index}]`, part.items, item) : item));
  };

  const walkString = (at: string, part: Schema, given: string): string => {
    if (part.enum && !part.enum.includes(given))
      report(
        at,
        'NotSupported',
        `Unsupported value: ${quote(given)}: supported values: ${part.enum.map(quote).join(', ')}`,
      );
    if (part.minLength !== undefined && given.length < part.minLength)
      report(at, 'TooShort', `should be at least ${part.minLength} chars long`);
    if (part.maxLength !== undefined && given.length > part.maxLength)
      report(at, 'TooLong', `may not be more than ${part.maxLength} bytes`);
    return given;
  };

  const walk = (at: string, part: Schema, given: unknown): unknown => {
    const type = typeName(given);
    if (part.type && type !== part.type && !(part.type === 'number' && type === 'integer'))
      return report(at, 'WrongType', `must be of type ${part.type}: ${quote(type)}`);
    if (type === 'object') return walkObject(at, part, given as Json);
    if (type === 'array') return walkArray(at, part, given as unknown[]);
    return type === 'string' ? walkString(at, part, given as string) : given;
  };

  return { value: walk(field, schema, value), problems };
};

type Json = { [key: string]: unknown };

const kept = new Set([
  'type',
  'properties',
  'items',
  'additionalProperties',
  'required',
  'enum',
  'default',
  'minLength',
  'maxLength',
  'maxItems',
  'maxProperties',
  'x-kubernetes-list-type',
  'x-kubernetes-preserve-unknown-fields',
]);

/** A schema without what a validator doesn't read: descriptions, formats, rules. Property names are kept as they are. */
export const stripSchema = (schema: Json): Json => {
  const result: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (!kept.has(key)) continue;
    if (key === 'properties') {
      result[key] = Object.fromEntries(
        Object.entries(value as Json).map(([name, property]) => [name, stripSchema(property as Json)]),
      );
    } else if (key === 'items' || (key === 'additionalProperties' && typeof value === 'object')) {
      result[key] = stripSchema(value as Json);
    } else result[key] = value;
  }
  return result;
};

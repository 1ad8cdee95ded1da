/** The part of an OpenAPI schema that documents read. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** A field that has none below it. */
export interface SchemaRow {
  readonly field: string;
  readonly node: SchemaNode;
  readonly required: boolean;
}

/** Fields in the order of the CRD; a part with properties is told by these. */
export const rowsOf = (node: SchemaNode, at: string): SchemaRow[] =>
  Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
    const field = at ? `${at}.${name}` : name;
    const below = child.properties ? rowsOf(child, field) : rowsOf(child.items ?? {}, `${field}[]`);
    return below.length > 0 ? below : [{ field, node: child, required: node.required?.includes(name) ?? false }];
  });

/** In a cell of a table. */
export const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

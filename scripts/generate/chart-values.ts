import { type Document, isMap, isScalar, type Node, type Pair, type Scalar } from 'yaml';

/** A value of the chart that is described: `# -- …` above it, as helm-docs reads it. */
export interface ChartValue {
  readonly key: string;
  readonly type: string;
  /** As JSON. */
  readonly fallback: string;
  readonly description: string;
}

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  if (value !== null && typeof value === 'object') return 'object';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  return typeof value === 'boolean' ? 'bool' : 'string';
};

/** Go writes the keys of a map in their order. */
const sorted = (_: string, value: unknown): unknown =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

const descriptionOf = (comment: string | null | undefined): string | undefined => {
  const at = comment?.lastIndexOf(' -- ') ?? -1;
  return at === -1
    ? undefined
    : (comment as string)
        .slice(at + 4)
        .replace(/\s*\n\s*/g, ' ')
        .trim();
};

/** Values in the order of the file. What is described as a whole is not taken apart. @throws for one that nobody describes */
export const documentedValues = (document: Document): ChartValue[] => {
  const values: ChartValue[] = [];
  const visit = (node: Node | null, path: readonly string[], inherited: string | null | undefined): void => {
    if (!isMap(node)) throw new Error(`read values.yaml: ${path.join('.')} is not described`);
    for (const [index, { key, value }] of (node.items as Pair<Scalar, Node>[]).entries()) {
      // The first key's comment is the map's.
      const comment = key.commentBefore ?? (index === 0 ? (node.commentBefore ?? inherited) : undefined);
      const description = descriptionOf(comment);
      const here = [...path, String(key.value)];
      if (description === undefined) visit(value, here, undefined);
      else {
        const plain = isScalar(value) ? value.value : value?.toJS(document);
        values.push({ key: here.join('.'), type: typeOf(plain), fallback: JSON.stringify(plain, sorted), description });
      }
    }
  };
  visit(document.contents as Node | null, [], document.commentBefore);
  return values;
};

/** The table of helm-docs. */
export const renderValues = (values: readonly ChartValue[]): string => {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const rows = values.map(
    ({ key, type, fallback, description }) => `| ${key} | ${type} | \`${cell(fallback)}\` | ${cell(description)} |`,
  );
  return ['| Key | Type | Default | Description |', '|-----|------|---------|-------------|', ...rows, ''].join('\n');
};

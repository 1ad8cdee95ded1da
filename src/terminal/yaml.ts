import { parse, stringify } from 'yaml';

/** Reads one YAML document, or JSON. Throws with line and column. */
export const parseYaml = (text: string): unknown => parse(text, { prettyErrors: true });

export const formatYaml = (value: unknown): string => stringify(value, { lineWidth: 0 });

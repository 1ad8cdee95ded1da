export interface Import {
  /** As written: `./x.ts`, `node:fs`, `pino`, `zod/mini`. */
  readonly specifier: string;
  readonly line: number;
  /** `import type` and `export type`: gone once types are stripped. */
  readonly typeOnly: boolean;
}

const statement = /^(?:import|export)\b(\s+type\b)?[^'"`;]*?\bfrom\s*'([^']+)'/gm;
const bare = /^import\s*'([^']+)'/gm;
const called = /\bimport\(\s*'([^']+)'\s*\)/g;

/** The imports of a TypeScript source in this repository's format: statements at the start of a line, single quotes. */
export const scanImports = (text: string): Import[] => {
  const at = (index: number): number => text.slice(0, index).split('\n').length;
  return [
    ...[...text.matchAll(statement)].map((match) => ({
      specifier: match[2] ?? '',
      line: at(match.index),
      typeOnly: match[1] !== undefined,
    })),
    ...[...text.matchAll(bare), ...text.matchAll(called)].map((match) => ({
      specifier: match[1] ?? '',
      line: at(match.index),
      typeOnly: false,
    })),
  ].sort((a, b) => a.line - b.line);
};

/** The package of a specifier: `zod/mini` → `zod`; undefined for files and for Node's own. */
export const packageOf = (specifier: string): string | undefined => {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
};

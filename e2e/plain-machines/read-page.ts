import { readFileSync } from 'node:fs';

/** A page of the documents whose blocks are followed one by one. */
export interface FollowedPage {
  /** The commands below a heading, one a line, without comments. */
  lines(heading: string): string[];
  /** The shell blocks below a heading, as they are. */
  blocks(heading: string): string[];
  yaml(heading: string): string;
  /** Headings with blocks that nobody has asked for. */
  notFollowed(): string[];
}

export const readPage = (path: string): FollowedPage => {
  const sections = readFileSync(path, 'utf8')
    .split(/^#{2,} /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const);
  const blocks = new Map(
    sections.flatMap(([heading, text]) => {
      const found = [...text.matchAll(/^```(sh|yaml)\n([\s\S]*?)^```$/gm)];
      return found.length === 0 ? [] : [[heading, found] as const];
    }),
  );
  const asked = new Set<string>();
  const blocksOf = (heading: string, language: string): string[] => {
    asked.add(heading);
    const found = blocks.get(heading)?.filter(([, of]) => of === language) ?? [];
    if (found.length === 0) throw new Error(`read ${path}: nothing in ${language} below "${heading}"`);
    return found.map(([, , text = '']) => text);
  };
  return {
    blocks: (heading) => blocksOf(heading, 'sh'),
    lines: (heading) =>
      blocksOf(heading, 'sh')
        .flatMap((text) => text.split('\n'))
        .map((line) => line.replace(/\s+# .*$/, ''))
        .filter((line) => line !== '' && !line.startsWith('#')),
    yaml: (heading) => blocksOf(heading, 'yaml').join(''),
    notFollowed: () => [...blocks.keys()].filter((heading) => !asked.has(heading)),
  };
};

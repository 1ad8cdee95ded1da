import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const project = join(import.meta.dirname, '../..');

/** A YAML file or block of the documents, with where it stands. */
export interface Manifest {
  readonly where: string;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: the schema is the apiserver's, and a wrong field fails the test
  readonly objects: readonly any[];
}

const toManifest = (where: string, text: string): Manifest => {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap(({ errors }) => errors)[0];
  if (broken) throw new Error(`${where}: ${broken.message}`);
  return { where, text, objects: documents.map((document) => document.toJS()).filter((object) => object !== null) };
};

const read = (path: string): string => readFileSync(join(project, path), 'utf8');

/** Every file of docs/examples. */
export const examples = (): Manifest[] =>
  readdirSync(join(project, 'docs/examples')).map((file) =>
    toManifest(`docs/examples/${file}`, read(`docs/examples/${file}`)),
  );

const pages = (): string[] => [
  ...readdirSync(join(project, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
  'README.md',
];

/** The code blocks of one language on a page; a list's indentation is taken off. */
export const blocksOf = (path: string, language: string): string[] =>
  [...read(path).matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, , found]) => found === language)
    .map(([, indent = '', , text = '']) => text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''));

/** Every block of YAML on the pages that holds Kubernetes objects. */
export const blocks = (): Manifest[] =>
  pages()
    .filter((path) => path !== 'README.md' || readdirSync(project).includes(path))
    .flatMap((path) => blocksOf(path, 'yaml').map((text, at) => toManifest(`${path}, block ${at + 1}`, text)))
    .filter(({ objects }) => objects.every((object) => typeof object?.kind === 'string'));

/** The commands of the shell blocks of a page, one a line. */
export const commandsOf = (path: string): string[] =>
  blocksOf(path, 'sh').flatMap((text) =>
    text
      .replaceAll('\\\n', ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#')),
  );

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generateFiles } from './generate/generate-files.ts';

/** `npm run generate`: writes every generated file; says which of them changed. */
for (const [path, text] of await generateFiles(readFileSync('crds/syncreplica.yaml', 'utf8'))) {
  let before = '';
  try {
    before = readFileSync(path, 'utf8');
  } catch {
    mkdirSync(dirname(path), { recursive: true });
  }
  if (before === text) continue;
  writeFileSync(path, text);
  console.log(`generated ${path}`);
}

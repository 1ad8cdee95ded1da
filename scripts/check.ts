import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { verbs } from '../src/cli/cluster/kubectl-verbs.ts';
import type { Commands } from '../src/cli/commands.ts';
import { makeProgram } from '../src/cli/program.ts';
import { checkDocuments } from './checks/check-documents.ts';
import { checkFiles, checkLockFile } from './checks/check-files.ts';
import { checkImports } from './checks/check-imports.ts';
import { checkReplays } from './checks/check-replays.ts';
import { readTree } from './checks/read-tree.ts';
import type { Violation } from './checks/violation.ts';
import { generateFiles } from './generate/generate-files.ts';

/** `npm run check [NAME…]`: all checks, or those named; each with its time, and every violation with its place. */

const runTool = (command: string, args: readonly string[]): Violation[] => {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status === 0) return [];
  return [{ file: command, message: `fails:\n${stdout ?? ''}${stderr ?? ''}` }];
};

const read = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');

const unused = async (): Promise<never> => {
  throw new Error('a check runs no command');
};

const checkCommands = (): Violation[] => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const program = makeProgram('0', new Proxy({}, { get: () => unused }) as Commands, verbs);
  const known = { scripts: new Set(Object.keys(scripts)), commands: program.flags() };
  const documents = readTree((path) => path.endsWith('.md') && path !== 'CHANGELOG.md');
  const sources = readTree((path) => path.endsWith('.ts'));
  return [...checkDocuments(documents, known, existsSync), ...checkReplays(documents, sources)];
};

const checkGenerated = async (): Promise<Violation[]> =>
  [...(await generateFiles(read('crds/syncreplica.yaml')))]
    .filter(([file, text]) => read(file) !== text)
    .map(([file]) => ({ file, message: 'is stale; run npm run generate' }));

const isText = (path: string): boolean =>
  /\.(m?ts|md|ya?ml|json|sh|mjs|tpl)$|(^|\/)(Dockerfile|run)$/.test(path) &&
  !/\.generated\.ts$|(^|\/)package-lock\.json$/.test(path);

const checks: Readonly<Record<string, () => Violation[] | Promise<Violation[]>>> = {
  types: () => runTool('tsc', ['-p', '.']),
  lint: () => runTool('biome', ['check', '--colors=off', '--max-diagnostics=50', '.']),
  imports: () => checkImports(readTree((path) => path.endsWith('.ts'))),
  files: () => [...checkFiles(readTree(isText)), ...checkLockFile(read('package-lock.json'))],
  generated: checkGenerated,
  documents: checkCommands,
};

const wanted = process.argv.slice(2);
const wrong = wanted.find((name) => !(name in checks));
if (wrong !== undefined) {
  console.error(`there is no check ${wrong}; there are ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}

let failed = false;
for (const [name, check] of Object.entries(checks)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const violations = await check();
  failed ||= violations.length > 0;
  console.log(`${violations.length > 0 ? '✖' : '✔'} ${name} (${Math.round(performance.now() - started)} ms)`);
  for (const { file, line, message } of violations) console.log(`  ${file}${line ? `:${line}` : ''} ${message}`);
}
process.exit(failed ? 1 : 0);

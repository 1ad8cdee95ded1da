import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensureRsync } from '../../scripts/install/ensure-rsync.ts';
import { errorMessage } from '../../src/process/failure.ts';
import { type FileSystem, fileSystems } from './file-systems.ts';
import { runAs, type TestUser, testUsers } from './run-as.ts';

/**
 * `npm run file-systems -- [NAME…] [--as USER]… [--test FILE]…`: storms, nasty names, special files and real programs with
 * source and target on each file system, as each kind of user. As root, on Linux; nothing of it is seen by others.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { as: { type: 'string', multiple: true }, test: { type: 'string', multiple: true } },
});

const tests = values.test ?? [
  'sidecar/agent/storm.test.ts',
  'sidecar/agent/workloads/names.test.ts',
  'sidecar/agent/workloads/special-files.test.ts',
  'testing/programs/programs.test.ts',
];

interface Outcome {
  readonly fileSystem: string;
  readonly user: string;
  readonly passed: number;
  readonly failed: readonly string[];
}

const mark = 'SYNCREPLICA_FILE_SYSTEMS';

async function runTests(fileSystem: FileSystem, user: TestUser, at: string): Promise<Outcome> {
  const scratch = mkdtempSync(join(at, 'tests-'));
  chmodSync(scratch, 0o777);
  const flags = ['--test', '--test-concurrency=1', '--test-timeout=150000', '--test-reporter=tap'];
  const { status, output } = await runAs(user, [process.execPath, ...flags, ...tests], scratch);
  // Indented lines are the tests of a file.
  const of = (word: string): string[] =>
    [...output.matchAll(new RegExp(`^ *${word} \\d+ - (?!.*# SKIP)(.*)$`, 'gm'))].map(([, name = '']) => name);
  const failed = of('not ok');
  if (failed.length > 0) console.log(output.split('\n').filter(isTelling).join('\n'));
  if (status !== 0 && failed.length === 0) failed.push(`ended with ${status}: ${output.slice(-500)}`);
  return { fileSystem: fileSystem.name, user: user.name, passed: of('ok').length, failed };
}

/** Of a failed test's output what says why. */
const isTelling = (line: string): boolean => /^\s*(not ok|error:|"|\d+ differences|# STORM_SEED)/.test(line);

async function runOn(fileSystem: FileSystem, chosen: readonly TestUser[]): Promise<Outcome[]> {
  const base = mkdtempSync(join(tmpdir(), 'file-system-'));
  chmodSync(base, 0o755);
  try {
    const at = fileSystem.mount(base);
    try {
      const outcomes: Outcome[] = [];
      for (const user of chosen) outcomes.push(await runTests(fileSystem, user, at));
      return outcomes;
    } finally {
      spawnSync('umount', ['--recursive', '--lazy', at]);
    }
  } finally {
    spawnSync('umount', ['--recursive', '--lazy', join(base, 'at')]);
    rmSync(base, { recursive: true, force: true, maxRetries: 20 });
  }
}

async function main(): Promise<number> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) {
    console.error('run on file systems: mounting them takes root on Linux');
    return 1;
  }
  if (process.env[mark] === undefined) {
    const args = ['--mount', '--', process.execPath, ...process.argv.slice(1)];
    return spawnSync('unshare', args, { stdio: 'inherit', env: { ...process.env, [mark]: '1' } }).status ?? 1;
  }
  const chosenUsers = testUsers.filter(({ name }) => values.as?.includes(name) ?? true);
  let failures = 0;
  for (const fileSystem of fileSystems) {
    if (positionals.length > 0 && !positionals.includes(fileSystem.name)) continue;
    try {
      for (const { user, passed, failed } of await runOn(fileSystem, chosenUsers)) {
        failures += failed.length;
        console.log(`${fileSystem.name}, ${user}: ${passed} passed, ${failed.length} failed ${failed.join('; ')}`);
      }
    } catch (error) {
      console.log(`${fileSystem.name} can’t be had here: ${errorMessage(error)}`);
    }
  }
  return failures === 0 ? 0 : 1;
}

if (!ensureRsync()) process.exit(1);
process.exit(await main());

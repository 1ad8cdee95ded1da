import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runCommand, tryCommand } from './command.ts';
import { ClusterError } from './failure.ts';
import { csiPrograms, linkFlags, type Program, programs } from './programs.ts';
import type { Progress } from './progress.ts';

const moduleFolder = import.meta.dirname;

/** Where everything built for the cluster is kept, outside the checkout. */
export function cacheFolder(env: NodeJS.ProcessEnv): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'syncreplica-e2e');
}

/** The folder of the programs as built from this go.mod, go.sum and these flags: `<cache>/<key>`, each program under its name. */
export function binaryFolder(env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), keyOf(['go.mod', 'go.sum'], linkFlags), 'bin');
}

/** True when each of the named programs is there and no older than its source: then nothing has to be built. */
export function areBuilt(names: readonly string[], env: NodeJS.ProcessEnv): boolean {
  return programs.filter(({ name }) => names.includes(name)).every((program) => isBuilt(program, env));
}

/**
 * Builds what is missing of the named programs (all, when none are named) and returns their folder.
 * Each is built by itself so that a person sees which takes how long; an interrupted build goes on where it was.
 */
export async function buildBinaries(
  progress: Progress,
  env: NodeJS.ProcessEnv,
  names: readonly string[] = programs.map(({ name }) => name),
): Promise<string> {
  const folder = binaryFolder(env);
  const missing = [...programs, ...csiPrograms].filter(
    (program) => names.includes(program.name) && !isBuilt(program, env),
  );
  if (missing.length === 0) return folder;
  await requireGo();
  mkdirSync(folder, { recursive: true });
  const estimate = missing.reduce((sum, program) => sum + program.coldSeconds, 0);
  await progress.step(`build ${missing.length} programs into ${folder}`, async (note) => {
    note(`about ${Math.ceil(estimate / 60)} min from nothing on 2 cores; seconds when Go's cache has the packages`);
    for (const program of missing) {
      await progress.step(`build ${program.name} (up to ${program.coldSeconds} s)`, () => build(program, folder));
    }
  });
  return folder;
}

/** Throws ClusterError `go-missing` or `go-too-old` with what to do about it. */
export async function requireGo(): Promise<void> {
  const wanted = /^go (\d+\.\d+)/m.exec(readFileSync(join(moduleFolder, 'go.mod'), 'utf8'))?.[1] ?? '';
  const hint = `Install Go ${wanted} or newer (https://go.dev/dl) and put it first in PATH`;
  const found = await tryCommand('go', ['env', 'GOVERSION'], { env: { GOTOOLCHAIN: 'local' }, cwd: '/' }).catch(
    (cause) => {
      throw new ClusterError('go-missing', 'build the cluster: no Go on this machine', hint, cause);
    },
  );
  const version = /go(\d+)\.(\d+)/.exec(found.stdout);
  if (version === null)
    throw new ClusterError('go-missing', 'build the cluster: `go env GOVERSION` gave no version', hint);
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  if (Number(version[1]) < major || (Number(version[1]) === major && Number(version[2]) < minor)) {
    throw new ClusterError('go-too-old', `build the cluster: Go here is ${found.stdout.trim()}`, hint);
  }
}

function isBuilt(program: Program, env: NodeJS.ProcessEnv): boolean {
  const folder = binaryFolder(env);
  return existsSync(join(folder, fileName(program)));
}

async function build(program: Program, folder: string): Promise<void> {
  const target = fileName(program);
  const unfinished = join(folder, `.${target}.${process.pid}`);
  await runCommand('go', ['build', '-trimpath', '-ldflags', linkFlags, '-o', unfinished, program.package], {
    cwd: join(moduleFolder, program.module ?? ''),
    env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local' },
  });
  renameSync(unfinished, join(folder, target));
  if (target === program.name) return;
  // Known to the others by its plain name.
  const link = join(folder, `.${program.name}.${process.pid}`);
  rmSync(link, { force: true });
  symlinkSync(target, link);
  renameSync(link, join(folder, program.name));
}

/** What go.mod and go.sum say nothing of is kept by the key of its source. */
function fileName(program: Program): string {
  const folder = program.source ?? program.module;
  if (folder === undefined) return program.name;
  const sources = readdirSync(join(moduleFolder, folder)).sort();
  return `${program.name}-${keyOf(
    sources.map((file) => join(folder, file)),
    '',
  )}`;
}

function keyOf(files: readonly string[], extra: string): string {
  const hash = createHash('sha256').update(extra);
  for (const file of files) hash.update(file).update(readFileSync(join(moduleFolder, file)));
  return hash.digest('hex').slice(0, 16);
}

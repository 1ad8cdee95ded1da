import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../storm/random.ts';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const packages = 25;
const bundledWithinMs = 60_000;

/** Packs a package as a registry would give it. @returns the archive's name */
function pack(scratch: string, name: string, random: Random): string {
  const version = `1.${random.below(1_000_000)}.0`;
  const inside = join(scratch, 'package');
  fs.rmSync(inside, { recursive: true, force: true });
  fs.mkdirSync(join(inside, 'lib'), { recursive: true });
  const manifest = { name, version, main: 'lib/0.js', bin: { [name]: 'lib/cli.js' } };
  fs.writeFileSync(join(inside, 'package.json'), JSON.stringify(manifest));
  fs.writeFileSync(join(inside, 'lib', 'cli.js'), '#!/usr/bin/env node\n', { mode: 0o755 });
  for (let n = 0; n < 8; n += 1)
    fs.writeFileSync(
      join(inside, 'lib', `${n}.js`),
      `module.exports = '${random.bytes(random.below(2_000)).toString('hex')}';\n`,
    );
  const archive = `${name}-${version}.tgz`;
  execFileSync('tar', ['-czf', join(scratch, archive), '-C', scratch, 'package']);
  return archive;
}

/** npm itself, which empties node_modules and fills it again, and esbuild that watches. */
export const npmCiProgram: Program = {
  name: 'npm-ci',
  expects: 'node_modules is what the last `npm ci` made of its lock file, and the bundle is that of the last edit.',
  missing() {
    const lacking = ['npm', 'esbuild', 'tar'].filter((name) => !isInstalled(name));
    return lacking.length === 0 ? undefined : `${lacking.join(', ')} not installed`;
  },
  async run({ directory, random, rounds, signal }) {
    const scratch = fs.mkdtempSync(join(tmpdir(), 'npm-'));
    const at = (...parts: readonly string[]): string => join(directory, ...parts);
    const env = { PATH: process.env.PATH, HOME: scratch, npm_config_cache: join(scratch, 'cache') };
    const npm = (...args: readonly string[]): unknown =>
      execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund', '--ignore-scripts'], {
        ...{ cwd: directory, env, stdio: ['ignore', 'ignore', 'pipe'] },
      });
    const archives = new Map<string, string>();
    const dependOn = (name: string): unknown => archives.set(name, pack(scratch, name, random));
    const install = (): void => {
      const dependencies = Object.fromEntries(
        [...archives].map(([name, file]) => [name, `file:${join(scratch, file)}`]),
      );
      fs.writeFileSync(at('package.json'), JSON.stringify({ name: 'site', version: '1.0.0', dependencies }));
      npm('install', '--package-lock-only');
      npm('ci');
    };
    const edit = (text: string): void => {
      const imports = [...archives.keys()]
        .slice(0, 5)
        .map((name, n) => `import p${n} from '${name}';\nconsole.log(p${n});`);
      fs.writeFileSync(at('src', 'index.js'), `${imports.join('\n')}\nconsole.log('${text}');\n`);
    };
    try {
      fs.mkdirSync(at('src'), { recursive: true });
      for (let n = 0; n < packages; n += 1) dependOn(`package-${n}`);
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        // Some are newer, as after an update of the lock file; the first is another one each time.
        archives.delete([...archives.keys()][0] ?? '');
        dependOn(`package-${packages + random.below(1_000_000)}`);
        for (let n = 0; n < 3; n += 1) dependOn(random.pick([...archives.keys()]));
        install();
        edit(`round ${round}`);
        await whileBundling(directory, env, async (untilBundled) => {
          await untilBundled(`round ${round}`);
          for (let n = 0; n < 4; n += 1) {
            const text = `edit ${random.below(2 ** 30)}`;
            edit(text);
            await untilBundled(text);
          }
        });
      }
    } finally {
      fs.rmSync(scratch, { recursive: true });
    }
  },
  check(copy) {
    const { dependencies } = JSON.parse(fs.readFileSync(join(copy, 'package.json'), 'utf8'));
    for (const [name, file] of Object.entries<string>(dependencies)) {
      const { version } = JSON.parse(fs.readFileSync(join(copy, 'node_modules', name, 'package.json'), 'utf8'));
      if (!file.endsWith(`/${name}-${version}.tgz`)) throw new Error(`check npm: ${name} is ${version}, not ${file}`);
      fs.accessSync(join(copy, 'node_modules', '.bin', name), fs.constants.X_OK);
    }
    const [said] = /(?:round|edit) \d+/.exec(fs.readFileSync(join(copy, 'src', 'index.js'), 'utf8')) ?? ['nothing'];
    if (!fs.readFileSync(join(copy, 'dist', 'index.js'), 'utf8').includes(said))
      throw new Error(`check npm: the bundle does not have ${said}`);
  },
};

/** Runs the bundler while `work` edits; it ends once its input does. */
async function whileBundling(
  directory: string,
  env: NodeJS.ProcessEnv,
  work: (untilBundled: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const flags = ['src/index.js', '--bundle', '--outdir=dist', '--sourcemap', '--log-level=error', '--watch'];
  const bundler = spawn('esbuild', flags, { cwd: directory, env, stdio: ['pipe', 'ignore', 'inherit'] });
  const ended = once(bundler, 'exit');
  const bundle = join(directory, 'dist', 'index.js');
  try {
    await work(async (text) => {
      for (const until = performance.now() + bundledWithinMs; ; await sleep(20)) {
        if (fs.existsSync(bundle) && fs.readFileSync(bundle, 'utf8').includes(text)) return;
        if (bundler.exitCode !== null || performance.now() > until)
          throw new Error(`run esbuild: no bundle with ${text}`);
      }
    });
  } finally {
    bundler.kill();
    await ended;
  }
}

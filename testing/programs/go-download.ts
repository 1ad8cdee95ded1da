import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Random } from '../storm/random.ts';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const modules = 6;
const identity = ['-c', 'user.name=someone', '-c', 'user.email=someone@localhost'];

/** A module that Go fetches as from any host, only that git finds it here. */
function publish(origin: string, version: string, path: string, random: Random): void {
  const git = (...args: readonly string[]): unknown =>
    execFileSync('git', ['-C', origin, ...identity, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  if (!fs.existsSync(origin)) {
    fs.mkdirSync(join(origin, 'internal', 'deep'), { recursive: true });
    git('init', '-q', '-b', 'main');
    fs.writeFileSync(join(origin, 'go.mod'), `module ${path}\n\ngo 1.19\n`);
  }
  for (const at of ['.', 'internal', 'internal/deep'])
    for (let file = 0; file < 4; file += 1)
      fs.writeFileSync(join(origin, at, `f${file}.txt`), random.bytes(random.below(3_000)));
  git('add', '-A');
  git('commit', '-qm', version);
  git('tag', version);
}

/** Go's own downloads into its module cache, whose modules can't be written to, and `go clean -modcache`. */
export const goDownloadProgram: Program = {
  name: 'go-download',
  expects: 'Each module that Go has unpacked is whole and read-only, and none is left after it cleaned its cache.',
  missing: () => (isInstalled('go') && isInstalled('git') ? undefined : 'go or git is not installed'),
  async run({ directory, random, rounds, signal }) {
    const scratch = fs.mkdtempSync(join(tmpdir(), 'go-'));
    const cache = join(directory, 'mod');
    const gitSettings = join(scratch, 'gitconfig');
    fs.writeFileSync(gitSettings, `[url "file://${scratch}/"]\n insteadOf = https://example.org/\n`);
    const env = {
      ...{ PATH: process.env.PATH, GOROOT: process.env.GOROOT, HOME: scratch },
      ...{ GIT_CONFIG_GLOBAL: gitSettings, GIT_CONFIG_NOSYSTEM: '1' },
      ...{ GOMODCACHE: cache, GOPROXY: 'direct', GOPRIVATE: '*', GOTOOLCHAIN: 'local', GOFLAGS: '' },
    };
    const go = (...args: readonly string[]): unknown =>
      execFileSync('go', args, { cwd: scratch, env, stdio: ['ignore', 'ignore', 'pipe'] });
    try {
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        for (let n = 0; n < 3; n += 1) {
          const name = `module${random.below(modules)}`;
          const [path, version] = [`example.org/${name}.git`, `v1.${round}.${random.below(1_000_000)}`];
          publish(join(scratch, name), version, path, random);
          go('mod', 'download', `${path}@${version}`);
        }
        if (round % 3 === 1) go('clean', '-modcache');
      }
    } finally {
      fs.rmSync(scratch, { recursive: true });
    }
  },
  check(copy) {
    const unpacked = join(copy, 'mod', 'example.org');
    if (!fs.existsSync(unpacked)) return;
    for (const module of fs.readdirSync(unpacked))
      for (const [name, mode] of [['internal/deep', 0o555] as const, ['internal/deep/f3.txt', 0o444] as const]) {
        const is = fs.statSync(join(unpacked, module, name)).mode & 0o777;
        if (is !== mode) throw new Error(`check go: ${module}/${name} has mode ${is.toString(8)}`);
      }
  },
};

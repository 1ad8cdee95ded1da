import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const identity = ['-c', 'user.name=someone', '-c', 'user.email=someone@localhost', '-c', 'protocol.file.allow=always'];
const git = (directory: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', directory, ...identity, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOME: directory, GIT_CONFIG_NOSYSTEM: '1', GIT_OPTIONAL_LOCKS: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Commits, branches, a clone, worktrees, and the garbage collected. */
export const gitProgram: Program = {
  name: 'git',
  expects: 'The copy is a repository that git finds nothing wrong with, with every commit, clone and worktree.',
  missing: () => (isInstalled('git') ? undefined : 'git is not installed'),
  async run({ directory, random, rounds, signal }) {
    const project = join(directory, 'project');
    if (!existsSync(project)) {
      mkdirSync(project);
      git(project, 'init', '-q', '-b', 'main');
    }
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      for (let n = 0; n < 30; n += 1)
        writeFileSync(join(project, `file-${random.below(60)}`), random.bytes(random.below(4_000)));
      git(project, 'add', '-A');
      git(project, 'commit', '-qm', `round ${round}`, '--allow-empty');
      const branch = `topic-${random.below(2 ** 30)}`;
      git(project, 'checkout', '-q', '-b', branch);
      writeFileSync(join(project, branch), random.bytes(100));
      git(project, 'add', '-A');
      git(project, 'commit', '-qm', branch);
      git(project, 'checkout', '-q', 'main');
      git(project, 'merge', '-q', '--no-edit', branch);
      git(project, 'branch', '-q', '-D', branch);
      const clone = join(directory, `clone-${random.below(3)}`);
      if (existsSync(clone)) git(clone, 'pull', '-q', '--ff-only');
      else git(directory, 'clone', '-q', project, clone);
      const worktree = join(directory, `worktree-${random.below(2 ** 30)}`);
      git(project, 'worktree', 'add', '-q', '--detach', worktree);
      git(project, 'worktree', 'remove', '--force', worktree);
      if (round % 2 === 0) git(project, 'gc', '-q', '--prune=now');
    }
  },
  check(copy) {
    const project = join(copy, 'project');
    // Looks, and writes nothing.
    git(project, '-c', 'safe.directory=*', 'fsck', '--full', '--strict', '--no-progress');
    git(project, '-c', 'safe.directory=*', 'rev-parse', '--verify', 'HEAD');
  },
};

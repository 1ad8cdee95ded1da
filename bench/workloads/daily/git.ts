import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DailyWork } from './daily-work.ts';
import { fillDirectory } from './fill-directory.ts';

const identity = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'gc.auto=0'];
const git = (source: string, ...args: readonly string[]): void => {
  execFileSync('git', ['-C', join(source, 'project'), ...identity, ...args], { stdio: 'ignore' });
};

/** Two branches of 2,000 files, of which each commit of the second has rewritten some. */
function makeRepository(source: string, quick: boolean): void {
  const files = quick ? 200 : 2_000;
  const project = join(source, 'project');
  mkdirSync(project);
  git(source, 'init', '-q', '-b', 'main');
  fillDirectory(project, files, 1_024);
  git(source, 'add', '.');
  git(source, 'commit', '-qm', 'all');
  git(source, 'checkout', '-qb', 'other');
  for (let n = 1; n <= 4; n += 1) {
    fillDirectory(project, files / 4, 900 + n);
    fillDirectory(join(project, `more-${n}`), files / 8, 1_024);
    git(source, 'add', '.');
    git(source, 'commit', '-qm', `change ${n}`);
  }
  git(source, 'checkout', '-q', 'main');
}

export const gitCheckout: DailyWork = {
  name: 'git-checkout',
  title: '`git checkout` of another branch and back, 1,500 files differ',
  bars: { behind: '≤ 0.5 s' },
  prepare: makeRepository,
  work(source) {
    git(source, 'checkout', '-q', 'other');
    git(source, 'checkout', '-q', 'main');
  },
};

export const gitGc: DailyWork = {
  name: 'git-gc',
  title: '`git gc`: 5,000 loose objects become a pack',
  bars: { behind: '≤ 0.5 s' },
  prepare: makeRepository,
  work: (source) => git(source, 'gc', '-q', '--prune=now'),
};

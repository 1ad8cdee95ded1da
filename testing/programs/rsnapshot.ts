import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled } from './is-installed.ts';
import type { Program } from './program.ts';

const files = 60;

const settingsOf = (root: string, live: string, scratch: string): string =>
  [
    ['config_version', '1.2'],
    ['snapshot_root', `${root}/`],
    ['cmd_cp', '/bin/cp'],
    ['cmd_rsync', '/usr/bin/rsync'],
    ['lockfile', join(scratch, 'lock')],
    ['retain', 'alpha', '3'],
    ['retain', 'beta', '2'],
    ['rsync_short_args', '-a'],
    ['rsync_long_args', '--delete --numeric-ids --relative'],
    ['backup', `${live}/./`, 'here/'],
  ]
    .map((words) => `${words.join('\t')}\n`)
    .join('');

/** rsnapshot itself: each run moves the snapshots on by a name, makes one of hard links and has rsync replace what changed. */
export const rsnapshotProgram: Program = {
  name: 'rsnapshot',
  expects: 'Each snapshot is whole under its new name, and a file that did not change is one file in all of them.',
  missing: () => (isInstalled('rsnapshot') && isInstalled('rsync') ? undefined : 'rsnapshot or rsync is not installed'),
  async run({ directory, random, rounds, signal }) {
    const [live, root] = [join(directory, 'live'), join(directory, 'snapshots')];
    fs.mkdirSync(live, { recursive: true });
    fs.mkdirSync(root, { recursive: true });
    const isNew = fs.readdirSync(live).length === 0;
    for (let n = 0; isNew && n < files; n += 1)
      fs.writeFileSync(join(live, `f${n}`), random.bytes(random.below(3_000)));
    const scratch = fs.mkdtempSync(join(tmpdir(), 'rsnapshot-'));
    try {
      const settings = join(scratch, 'settings');
      fs.writeFileSync(settings, settingsOf(root, live, scratch));
      const take = (interval: string): unknown =>
        execFileSync('rsnapshot', ['-q', '-c', settings, interval], { stdio: ['ignore', 'ignore', 'pipe'] });
      for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
        for (let n = 0; n < 5; n += 1) fs.writeFileSync(join(live, `f${random.below(files)}`), random.bytes(500));
        if (round % 3 === 2) take('beta');
        take('alpha');
      }
    } finally {
      fs.rmSync(scratch, { recursive: true });
    }
  },
  check(copy) {
    const snapshot = (name: string): string => join(copy, 'snapshots', name, 'here');
    if (!fs.existsSync(snapshot('alpha.1'))) return;
    const names = fs.readdirSync(snapshot('alpha.0'));
    const shared = names.filter((name) => fs.statSync(join(snapshot('alpha.0'), name)).nlink > 1);
    if (names.length !== files || shared.length < files - 20)
      throw new Error(`check rsnapshot: ${names.length} of ${files} files are there, ${shared.length} shared`);
  },
};

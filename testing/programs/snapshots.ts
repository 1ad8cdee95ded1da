import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Program } from './program.ts';

/** rsnapshot's link farm: each hour a copy of hard links, in which rsync replaces what changed. */
export const snapshotsProgram: Program = {
  name: 'snapshots',
  expects: 'A file that did not change is one file with many names at the copy too, not many files.',
  async run({ directory, random, rounds, signal }) {
    const live = join(directory, 'live');
    if (!fs.existsSync(live)) {
      fs.mkdirSync(live);
      for (let n = 0; n < 60; n += 1) fs.writeFileSync(join(live, `f${n}`), random.bytes(random.below(3_000)));
    }
    const hour = (n: number): string => join(directory, `hourly.${n}`);
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      for (let n = 0; n < 5; n += 1) fs.writeFileSync(join(live, `f${random.below(60)}`), random.bytes(500));
      fs.rmSync(hour(3), { recursive: true, force: true });
      for (const n of [2, 1]) if (fs.existsSync(hour(n))) fs.renameSync(hour(n), hour(n + 1));
      if (fs.existsSync(hour(0))) execFileSync('cp', ['-al', hour(0), hour(1)]);
      execFileSync('rsync', ['-a', '--delete', `${live}/`, `${hour(0)}/`]);
    }
  },
  check(copy) {
    const newest = join(copy, 'hourly.0');
    if (!fs.existsSync(join(copy, 'hourly.1'))) return;
    const shared = fs.readdirSync(newest).filter((name) => fs.statSync(join(newest, name)).nlink > 1);
    if (shared.length < 40) throw new Error(`check snapshots: only ${shared.length} of 60 files are shared`);
  },
};

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DailyWork } from './daily-work.ts';
import { fillDirectory } from './fill-directory.ts';

const bars = { behind: '≤ 0.5 s', cpu: '≤ 1 s' };

export const rmRf: DailyWork = {
  name: 'rm-rf',
  title: '`rm -rf` of 5,000 of 10,000 files',
  bars,
  prepare(source, quick) {
    const files = quick ? 500 : 5_000;
    fillDirectory(join(source, 'stays'), files, 1_024);
    fillDirectory(join(source, 'goes'), files, 1_024);
  },
  work: (source) => void execFileSync('rm', ['-rf', join(source, 'goes')]),
};

/** As `npm ci` does: the directory goes, and comes again with other names. */
export const refill: DailyWork = {
  name: 'refill',
  title: 'A directory of 3,000 files removed and filled again with other names',
  bars,
  prepare: (source, quick) => fillDirectory(join(source, 'node_modules'), quick ? 300 : 3_000, 2_048, 'before'),
  work(source, quick) {
    rmSync(join(source, 'node_modules'), { recursive: true });
    fillDirectory(join(source, 'node_modules'), quick ? 300 : 3_000, 2_048, 'after');
  },
};

export const unpackOver: DailyWork = {
  name: 'unpack-over',
  title: 'A directory of 4,000 files removed, an archive of as many unpacked in its place',
  bars,
  prepare(source, quick) {
    fillDirectory(join(source, 'app'), quick ? 400 : 4_000, 2_048);
    execFileSync('tar', ['-C', source, '-cf', join(source, 'app.tar'), 'app']);
  },
  work(source) {
    rmSync(join(source, 'app'), { recursive: true });
    execFileSync('tar', ['-C', source, '-xf', join(source, 'app.tar')]);
  },
};

const churnPerSecond = 300;

/** As caches and sessions do: a file lives for a second. */
export const churn: DailyWork = {
  name: 'churn',
  title: 'A cache: 300 files made and 300 removed a second, for 8 s',
  bars: { behind: '≤ 0.5 s', cpu: '≤ 1.2 s' },
  prepare: (source) => mkdirSync(join(source, 'cache')),
  async work(source, quick) {
    const seconds = quick ? 2 : 8;
    const content = Buffer.alloc(1_024, 'x');
    const fileOf = (i: number): string => join(source, 'cache', `c${i}`);
    const startedAt = performance.now();
    for (let made = 0; made < seconds * churnPerSecond; await sleep(5)) {
      for (const due = ((performance.now() - startedAt) / 1000) * churnPerSecond; made < due; made += 1) {
        writeFileSync(fileOf(made), content);
        if (made >= churnPerSecond) rmSync(fileOf(made - churnPerSecond));
      }
    }
  },
};

/** What an agent takes that has run for a while: the first seconds are its compiler's, too. */
export const churnOn: DailyWork = {
  ...churn,
  name: 'churn-on',
  title: 'The same for 8 s more: what has run for a while',
  warmed: true,
};

import { execFileSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DailyWork } from './daily-work.ts';
import { fillDirectory } from './fill-directory.ts';

const bars = { behind: '≤ 0.5 s' };
const treeOf = (files: number) => (source: string, quick: boolean) =>
  fillDirectory(join(source, 'tree'), quick ? files / 10 : files, 2_048);
const run = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: 'ignore' });
};

export const chmodAll: DailyWork = {
  name: 'chmod',
  title: '`chmod -R` of 5,000 files',
  bars,
  prepare: treeOf(5_000),
  work: (source) => run('chmod', '-R', 'g+w,o-r', join(source, 'tree')),
};

export const touchAll: DailyWork = {
  name: 'touch',
  title: '5,000 files touched',
  bars,
  prepare: treeOf(5_000),
  work: (source) => run('find', join(source, 'tree'), '-type', 'f', '-exec', 'touch', '{}', '+'),
};

export const copyInside: DailyWork = {
  name: 'copy-inside',
  title: '`cp -a` of 5,000 files inside the source',
  bars,
  prepare: treeOf(5_000),
  work: (source) => run('cp', '-a', join(source, 'tree'), join(source, 'copy')),
};

/** As rsnapshot does each hour. */
export const linkInside: DailyWork = {
  name: 'link-inside',
  title: '`cp -al` of 5,000 files inside the source, twice',
  bars,
  prepare: treeOf(5_000),
  work(source) {
    run('cp', '-al', join(source, 'tree'), join(source, 'hourly.0'));
    run('cp', '-al', join(source, 'hourly.0'), join(source, 'hourly.1'));
  },
};

const incomingOf = (source: string): string => join(dirname(source), 'incoming');

export const rsyncInto: DailyWork = {
  name: 'rsync-into',
  title: '`rsync -a --delete` into the source: 2,500 files come, 2,500 go, 2,500 stay',
  bars,
  prepare(source, quick) {
    const files = quick ? 250 : 2_500;
    fillDirectory(join(source, 'site', 'stays'), files, 2_048);
    run('cp', '-aT', join(source, 'site'), incomingOf(source));
    fillDirectory(join(source, 'site', 'goes'), files, 2_048);
    fillDirectory(join(incomingOf(source), 'comes'), files, 2_048);
  },
  work: (source) => run('rsync', '-a', '--delete', `${incomingOf(source)}/`, join(source, 'site')),
};

/** As a database or a disk of a virtual machine: a little of it changes all the time. */
export const hotFile: DailyWork = {
  name: 'hot-file',
  title: '4 KiB written somewhere in a file of 1 GiB ten times a second, for 8 s',
  bars: { behind: '' },
  prepare: (source, quick) =>
    run('dd', 'if=/dev/urandom', `of=${join(source, 'disk')}`, 'bs=1M', `count=${quick ? 64 : 1_024}`),
  async work(source, quick) {
    const blocks = (quick ? 64 : 1_024) * 256;
    const file = openSync(join(source, 'disk'), 'r+');
    for (let n = 0; n < 80; n += 1) {
      writeSync(file, Buffer.alloc(4096, `${n}`), 0, 4096, ((n * 7_919) % blocks) * 4096);
      await sleep(100);
    }
    closeSync(file);
  },
};

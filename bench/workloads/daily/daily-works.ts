import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DailyWork } from './daily-work.ts';
import { gitCheckout, gitGc } from './git.ts';
import { chmodAll, copyInside, hotFile, linkInside, rsyncInto, touchAll } from './over-a-tree.ts';
import { churn, churnOn, refill, rmRf, unpackOver } from './removals.ts';

export const manyFiles: DailyWork = {
  name: 'many-files',
  title: '10,000 small files at once',
  bars: { behind: '≤ 0.25 × writer + 0.3 s' },
  prepare: () => {},
  work(source, quick) {
    for (let i = 0; i < 10; i += 1) mkdirSync(join(source, `d${i}`));
    for (let i = 0; i < (quick ? 1_000 : 10_000); i += 1)
      writeFileSync(join(source, `d${i % 10}`, `f${i}`), randomBytes(1024));
  },
};

/** Every daily work, in the order of the table. */
export const dailyWorks: readonly DailyWork[] = [
  ...[manyFiles, rmRf, refill, unpackOver, churn, churnOn, chmodAll, touchAll, gitCheckout, gitGc],
  ...[rsyncInto, copyInside, linkInside, hotFile],
];

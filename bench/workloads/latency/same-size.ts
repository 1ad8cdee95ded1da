import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitContent } from '../../measure/await-target.ts';
import { percentile, type Workload } from '../../workload.ts';

/** A file is written again with as many bytes, its mtime in the same second: what a comparison by seconds misses. */
export const sameSize: Workload = {
  name: 'same-size',
  title: 'A file rewritten with the same size within the same second, 20 times',
  figures: [
    { key: 'missed', title: 'rewrites that never arrived (3 s)', unit: 'count', bar: '0' },
    { key: 'p50', title: 'visible at the target, p50', unit: 'ms' },
  ],
  async run({ start, source, quick }) {
    const running = await start();
    await running.settled();
    const samples: number[] = [];
    let missed = 0;
    for (let i = 0; i < (quick ? 5 : 20); i += 1) {
      const name = `same-${i}`;
      const second = Math.floor(Date.now() / 1000);
      const write = (letter: string, fraction: number): Buffer => {
        const content = Buffer.alloc(2_000, letter);
        writeFileSync(join(source, name), content);
        utimesSync(join(source, name), second + fraction, second + fraction);
        return content;
      };
      const first = write('a', 0.1);
      await running.nudge(name);
      if (!(await awaitContent(join(running.target, name), first, 30_000)))
        return { missed: 'not even the first came' };
      await sleep(50);
      const startedAt = performance.now();
      const rewritten = write('b', 0.6);
      const nudged = running.nudge(name);
      if (await awaitContent(join(running.target, name), rewritten, 3_000)) samples.push(performance.now() - startedAt);
      else missed += 1;
      await nudged;
    }
    return { missed, p50: percentile(samples, 0.5) ?? 'never' };
  },
};

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureLatencies } from '../../measure/file-latency.ts';
import { startChild } from '../../processes/child.ts';
import { latencyFiguresOf, type Workload } from '../../workload.ts';

const writer = fileURLToPath(new URL('../../processes/big-writer.ts', import.meta.url));

export const oneWhileBig: Workload = {
  name: 'one-while-big',
  title: 'One 4 KiB file while eight of 128 MiB are under way',
  figures: [
    { key: 'p50', title: 'content visible at the target, p50', unit: 'ms' },
    { key: 'p99', title: 'p99', unit: 'ms', bar: '≤ 100 ms' },
  ],
  async run({ start, source, quick, directory }) {
    const running = await start();
    await running.settled();
    const template = join(directory, 'big');
    execFileSync('dd', ['if=/dev/urandom', `of=${template}`, 'bs=1M', `count=${quick ? 16 : 128}`, 'status=none']);
    const big = startChild(process.execPath, [writer, template, source]);
    try {
      await big.said(/all there/, 60_000);
      return latencyFiguresOf(await measureLatencies(running, source, { samples: quick ? 20 : 100, budgetMs: 20_000 }));
    } finally {
      await big.stop();
    }
  },
};

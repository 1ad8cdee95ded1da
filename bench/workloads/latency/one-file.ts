import { measureLatencies } from '../../measure/file-latency.ts';
import { latencyFiguresOf, type Workload } from '../../workload.ts';

export const oneFile: Workload = {
  name: 'one-file',
  title: 'One 4 KiB file, nothing else going on',
  figures: [
    { key: 'p50', title: 'content visible at the target, p50', unit: 'ms', bar: '≤ 5 ms' },
    { key: 'p99', title: 'p99', unit: 'ms', bar: '≤ 30 ms' },
  ],
  async run({ start, source, quick }) {
    const running = await start();
    await running.settled();
    await measureLatencies(running, source, { samples: 5, budgetMs: 10_000 });
    return latencyFiguresOf(await measureLatencies(running, source, { samples: quick ? 20 : 300, budgetMs: 40_000 }));
  },
};

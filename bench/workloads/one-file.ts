import { measureLatencies } from '../file-latency.ts';
import { percentile, type Workload } from '../workload.ts';

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
    const { samples, missed } = await measureLatencies(running, source, {
      samples: quick ? 20 : 300,
      budgetMs: 40_000,
    });
    const never = missed > 0 ? `${missed} never came` : undefined;
    return { p50: percentile(samples, 0.5), p99: never ?? percentile(samples, 0.99) };
  },
};

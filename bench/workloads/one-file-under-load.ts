import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../child.ts';
import { measureLatencies } from '../file-latency.ts';
import { percentile, type Workload } from '../workload.ts';

const writer = fileURLToPath(new URL('../load-writer.ts', import.meta.url));

export const oneFileUnderLoad: Workload = {
  name: 'one-file-under-load',
  title: 'One 4 KiB file while 200 others a second are written',
  figures: [
    { key: 'p50', title: 'content visible at the target, p50', unit: 'ms' },
    { key: 'p99', title: 'p99', unit: 'ms' },
  ],
  async run({ start, source, quick }) {
    const running = await start();
    await running.settled();
    const load = startChild(process.execPath, [writer, join(source, 'load')]);
    try {
      await load.said(/writing/, 30_000);
      const { samples, missed } = await measureLatencies(running, source, {
        samples: quick ? 20 : 200,
        budgetMs: 30_000,
      });
      const never = missed > 0 ? `${missed} never came` : undefined;
      return { p50: percentile(samples, 0.5), p99: never ?? percentile(samples, 0.99) };
    } finally {
      await load.stop();
    }
  },
};

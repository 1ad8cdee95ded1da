import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measureLatencies } from '../../measure/file-latency.ts';
import { cpuSecondsOf } from '../../measure/process-usage.ts';
import { startChild } from '../../processes/child.ts';
import { latencyFiguresOf, type Workload } from '../../workload.ts';

const writer = fileURLToPath(new URL('../../processes/load-writer.ts', import.meta.url));

const underLoad = (perSecond: number, bars: { readonly p50: string; readonly p99: string }): Workload => ({
  name: `one-file-under-load-${perSecond}`,
  title: `One 4 KiB file while ${perSecond.toLocaleString('en')} others a second are written`,
  figures: [
    { key: 'p50', title: 'content visible at the target, p50', unit: 'ms', bar: bars.p50 },
    { key: 'p99', title: 'p99', unit: 'ms', bar: bars.p99 },
    { key: 'cpu', title: 'processor use at the source’s side, of one core', unit: '%' },
  ],
  async run({ start, source, quick }) {
    const running = await start();
    await running.settled();
    const load = startChild(process.execPath, [writer, join(source, 'load'), `${perSecond}`]);
    try {
      await load.said(/writing/, 30_000);
      const [startedAt, cpuBefore] = [performance.now(), cpuSecondsOf(running.watchers)];
      const latencies = await measureLatencies(running, source, { samples: quick ? 20 : 200, budgetMs: 30_000 });
      const seconds = (performance.now() - startedAt) / 1000;
      const cpu = ((cpuSecondsOf(running.watchers) - cpuBefore) / seconds) * 100;
      return { ...latencyFiguresOf(latencies), cpu: running.watchers.length > 0 ? cpu : 'watches nothing' };
    } finally {
      await load.stop();
    }
  },
});

export const oneFileUnderLoads: readonly Workload[] = [
  underLoad(20, { p50: '≤ 5 ms', p99: '≤ 40 ms' }),
  underLoad(200, { p50: '≤ 15 ms', p99: '≤ 60 ms' }),
  underLoad(1_000, { p50: '≤ 100 ms', p99: '≤ 500 ms' }),
];

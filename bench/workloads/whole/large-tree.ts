import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { measureLatencies } from '../../measure/file-latency.ts';
import { memoryBytesOf, residentBytesOf } from '../../measure/process-usage.ts';
import { percentile, type Workload } from '../../workload.ts';

const mebibyte = 1024 * 1024;

export const largeTree: Workload = {
  name: 'large-tree',
  title: '200,000 files in 2,000 directories, at the target already',
  figures: [
    { key: 'watching', title: 'from its start until all is watched', unit: 'ms', bar: '≤ 500 ms' },
    { key: 'first', title: 'from its start until a first change is visible', unit: 's' },
    { key: 'resident', title: 'resident memory of the process that watches', unit: 'MiB', bar: '≤ 80 MiB' },
    { key: 'memory', title: 'memory with all its helpers', unit: 'MiB' },
    { key: 'p50', title: 'one change visible, p50', unit: 'ms', bar: '≤ 6 ms' },
  ],
  async run({ start, source, directory, quick }) {
    const directories = quick ? 200 : 2_000;
    makeTree(source, directories);
    const prepared = join(directory, 'prepared');
    if (!existsSync(prepared)) execFileSync('cp', ['-a', source, prepared]);
    const running = await start({
      prefill: async (target) => {
        mkdirSync(dirname(target), { recursive: true });
        execFileSync('rm', ['-rf', target]);
        renameSync(prepared, target);
      },
    });
    const first = await measureLatencies(running, source, { samples: 1, budgetMs: 1, directory: 'd7' });
    const firstAt = (performance.now() - running.startedAt) / 1000;
    await running.settled();
    const { samples } = await measureLatencies(running, source, {
      samples: quick ? 10 : 50,
      budgetMs: 40_000,
      directory: 'd3',
    });
    const [pid] = running.watchers;
    return {
      watching: running.watchingMs ?? 'not told',
      first: first.samples.length > 0 ? firstAt : 'never',
      resident: pid === undefined ? 'watches nothing' : residentBytesOf(pid) / mebibyte,
      memory: pid === undefined ? 'watches nothing' : memoryBytesOf(running.watchers) / mebibyte,
      p50: percentile(samples, 0.5) ?? 'never',
    };
  },
};

function makeTree(source: string, directories: number): void {
  const content = Buffer.alloc(100, 'x');
  for (let d = 0; d < directories; d += 1) {
    const directory = join(source, `d${d}`);
    mkdirSync(directory);
    for (let f = 0; f < 100; f += 1) writeFileSync(join(directory, `f${f}`), content);
  }
}

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { measureLatencies } from '../../measure/file-latency.ts';
import { ensurePackage } from '../../processes/packages.ts';
import { type Figures, percentile, type Workload } from '../../workload.ts';

/** A source on FUSE, which others may write to as well: their changes raise no event here. */
export const polledSource: Workload = {
  name: 'polled-source',
  title: 'One 4 KiB file in a source on FUSE (bindfs)',
  figures: [
    { key: 'here', title: 'written by this machine, p50', unit: 'ms' },
    { key: 'elsewhere', title: 'written behind it, as by another machine, p50', unit: 'ms' },
    { key: 'worst', title: 'p99', unit: 'ms' },
  ],
  async run({ start, source, directory, quick }): Promise<Figures> {
    const missing = process.getuid?.() === 0 ? ensurePackage('bindfs', 'bindfs') : 'mounting takes root';
    if (missing !== undefined) return { here: missing };
    const below = join(directory, 'below');
    mkdirSync(below);
    execFileSync('bindfs', [below, source]);
    try {
      const running = await start();
      await running.settled();
      const often = { samples: quick ? 5 : 40, budgetMs: 60_000 };
      const here = await measureLatencies(running, source, often);
      const elsewhere = await measureLatencies(running, source, { ...often, writeTo: below });
      const worst = percentile(elsewhere.samples, 0.99);
      return {
        here: percentile(here.samples, 0.5) ?? 'never',
        elsewhere: percentile(elsewhere.samples, 0.5) ?? 'never',
        worst: elsewhere.missed > 0 ? `${elsewhere.missed} never came` : worst,
      };
    } finally {
      // Whoever still looks at it goes on looking at nothing.
      execFileSync('umount', ['--lazy', source]);
    }
  },
};

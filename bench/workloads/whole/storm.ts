import { Storm } from '../../../testing/storm/storm.ts';
import { awaitIdentity } from '../../measure/await-identity.ts';
import type { Workload } from '../../workload.ts';

export const stormWorkload: Workload = {
  name: 'storm',
  title: 'A random storm: 22 kinds of steps, awkward names, hard links, times kept on purpose',
  figures: [
    { key: 'identical', title: 'from its end until the trees are identical', unit: 's', bar: '≤ 3 s' },
    {
      key: 'differences',
      title: 'differences left (bytes of names, contents, modes, mtimes in ns, links)',
      unit: 'count',
      bar: '0',
    },
  ],
  async run({ start, source, quick }) {
    const running = await start();
    await running.settled();
    const storm = new Storm(source, { seed: 20_260_101 });
    await storm.run({ steps: quick ? 500 : 4_000, pauseMs: 3 });
    const startedAt = performance.now();
    await running.nudge('');
    const nudgedMs = performance.now() - startedAt;
    const { ms, differences } = await awaitIdentity(source, running.target, { timeoutMs: 30_000 });
    return {
      identical: differences.length === 0 ? (nudgedMs + ms) / 1000 : 'not within 30 s',
      differences: differences.length,
    };
  },
};

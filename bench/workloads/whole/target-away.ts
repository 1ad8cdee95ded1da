import { setTimeout as sleep } from 'node:timers/promises';
import { Storm } from '../../../testing/storm/storm.ts';
import { awaitIdentity } from '../../measure/await-identity.ts';
import type { Workload } from '../../workload.ts';

export const targetAway: Workload = {
  name: 'target-away',
  title: 'The target is away for 20 s, with changes meanwhile',
  figures: [
    { key: 'identical', title: 'from its return until the trees are identical', unit: 's', bar: '≤ 1 s' },
    { key: 'differences', title: 'differences left', unit: 'count', bar: '0' },
  ],
  async run({ start, source, quick, contender }) {
    if (!contender.watches) return { identical: 'watches nothing', differences: 'watches nothing' };
    const running = await start();
    await running.settled();
    const storm = new Storm(source, { seed: 20_260_102 });
    await storm.run({ steps: 200, pauseMs: 2 });
    await running.targetAway();
    await storm.run({ steps: 500, pauseMs: 5 });
    await sleep(quick ? 3_000 : 20_000);
    await running.targetBack();
    const { ms, differences } = await awaitIdentity(source, running.target, { timeoutMs: 60_000 });
    return {
      identical: differences.length === 0 ? ms / 1000 : 'not within 60 s',
      differences: differences.length,
    };
  },
};

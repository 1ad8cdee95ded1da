import { setTimeout as sleep } from 'node:timers/promises';
import { awaitIdentity } from '../../measure/await-identity.ts';
import { measureLatencies } from '../../measure/file-latency.ts';
import { sampleUsage } from '../../measure/usage-sampler.ts';
import { mebibytesSince } from '../../network/target-network.ts';
import { differencesText, type Figures, latencyFiguresOf, type Workload } from '../../workload.ts';
import { fillDirectory } from '../daily/fill-directory.ts';

const targets = 5;
const comparing = { timeoutMs: 120_000, xattrs: false };
/** What a contender still does once the trees are equal belongs to the work, ms. */
const afterwardsMs = 1_500;

/** One source with several targets: what a change costs each more. */
export const fiveTargets: Workload = {
  name: 'five-targets',
  title: 'Five targets at once',
  figures: [
    { key: 'p50', title: 'one 4 KiB file visible at all five, p50', unit: 'ms' },
    { key: 'p99', title: 'p99', unit: 'ms' },
    { key: 'identical', title: '2,000 small files: from the first until all five are identical', unit: 's' },
    { key: 'cpu', title: 'processor time at the source’s side', unit: 's' },
    { key: 'cpuTarget', title: 'processor time at the targets’ sides together', unit: 's' },
    { key: 'wire', title: 'bytes to all of them', unit: 'MiB' },
    { key: 'memory', title: 'peak memory at the source’s side', unit: 'MiB' },
  ],
  async run({ start, source, quick, network, contender }): Promise<Figures> {
    const running = await start({ targets });
    await running.settled();
    for (const target of running.targets) await awaitIdentity(source, target, comparing);
    const latencies = await measureLatencies(running, source, { samples: quick ? 10 : 200, budgetMs: 40_000 });
    const [near, far] = [sampleUsage(running.watchers), sampleUsage(running.receivers)];
    try {
      const bytesBefore = network.bytes();
      const startedAt = performance.now();
      fillDirectory(`${source}/filled`, quick ? 200 : 2_000, 4_096);
      await running.nudge('');
      let identicalMs = 0;
      let left = 0;
      for (const target of running.targets) {
        const before = performance.now() - startedAt;
        const { ms, differences } = await awaitIdentity(source, target, comparing);
        identicalMs = Math.max(identicalMs, before + ms);
        left += differences.length;
      }
      await sleep(afterwardsMs);
      const { cpuSeconds, peakBytes } = near.usage();
      return {
        ...latencyFiguresOf(latencies),
        identical: left === 0 ? identicalMs / 1_000 : differencesText(left),
        cpu: contender.watches ? cpuSeconds : 'watches nothing',
        cpuTarget: far.usage().cpuSeconds,
        wire: mebibytesSince(network, bytesBefore),
        memory: contender.watches ? peakBytes / 1024 ** 2 : undefined,
      };
    } finally {
      near.stop();
      far.stop();
    }
  },
};

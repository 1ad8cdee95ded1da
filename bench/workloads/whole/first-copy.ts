import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { awaitIdentity } from '../../measure/await-identity.ts';
import { measureLatencies } from '../../measure/file-latency.ts';
import { cpuSecondsOf } from '../../measure/process-usage.ts';
import { mebibytesSince } from '../../network/target-network.ts';
import { differencesText, latencyFiguresOf, type Workload } from '../../workload.ts';
import { fillDirectory } from '../daily/fill-directory.ts';

function fillSource(source: string, quick: boolean): void {
  fillDirectory(join(source, 'small'), quick ? 2_000 : 20_000, 16 * 1024);
  const big = join(source, 'big');
  execFileSync('dd', ['if=/dev/urandom', `of=${big}`, 'bs=1M', `count=${quick ? 64 : 512}`, 'status=none']);
  // A source that is copied for the first time has been there for long.
  execFileSync('sync');
}

export const firstCopy: Workload = {
  name: 'first-copy',
  title: 'The first copy: 20,000 × 16 KiB and 512 MiB to an empty target',
  figures: [
    {
      key: 'identical',
      title: 'from its start until both trees are identical',
      unit: 's',
      bar: '≤ 1.15 × rsync alone',
    },
    { key: 'cpu', title: 'processor time at the source’s side', unit: 's' },
    { key: 'cpuTarget', title: 'processor time at the target’s side', unit: 's' },
    { key: 'wire', title: 'bytes between the two', unit: 'MiB' },
  ],
  async run({ start, source, quick, contender, network }) {
    fillSource(source, quick);
    const bytesBefore = network.bytes();
    const running = await start();
    const untilNowMs = performance.now() - running.startedAt;
    const { ms, differences } = await awaitIdentity(source, running.target, { timeoutMs: 120_000, xattrs: false });
    if (differences.length > 0) return { identical: differencesText(differences.length) };
    const cpu = contender.watches ? cpuSecondsOf(running.watchers) : undefined;
    const wire = mebibytesSince(network, bytesBefore);
    return { identical: (untilNowMs + ms) / 1000, cpu, cpuTarget: cpuSecondsOf(running.receivers), wire };
  },
};

export const duringFirstCopy: Workload = {
  name: 'during-first-copy',
  title: 'One 4 KiB file while the first copy goes on',
  figures: [
    { key: 'p50', title: 'content visible at the target, p50', unit: 'ms' },
    { key: 'p99', title: 'p99', unit: 'ms', bar: '≤ 100 ms' },
  ],
  async run({ start, source, quick, contender }) {
    if (!contender.watches) return { p50: 'watches nothing', p99: 'watches nothing' };
    fillSource(source, quick);
    const running = await start();
    return latencyFiguresOf(await measureLatencies(running, source, { samples: 1_000, budgetMs: quick ? 500 : 3_000 }));
  },
};

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { awaitIdentity } from '../../measure/await-identity.ts';
import type { Latencies } from '../../measure/file-latency.ts';
import { makeProbeDirectory, startLagProbe } from '../../measure/lag-probe.ts';
import { endedChildrenSecondsOf } from '../../measure/process-usage.ts';
import { sampleUsage } from '../../measure/usage-sampler.ts';
import { mebibytesSince } from '../../network/target-network.ts';
import { type Bench, differencesText, type Figures, type Workload } from '../../workload.ts';

/** Something that people or programs do to a directory all day. */
export interface DailyWork {
  readonly name: string;
  readonly title: string;
  /** What is there before, at the target too. */
  prepare(source: string, quick: boolean): void;
  /** Runs in a process of its own, synchronously or not. */
  work(source: string, quick: boolean): void | Promise<void>;
  /** It is done once before it is measured, by the same contender: what works for weeks has its code compiled. */
  readonly warmed?: boolean;
  readonly bars: { readonly behind: string; readonly cpu?: string; readonly lag?: string };
}

const runner = fileURLToPath(new URL('./run-work.ts', import.meta.url));
/** What a contender still does once the trees are equal belongs to the work: its processor time counts so long, ms. */
const afterwardsMs = 1_500;

/** The same figures of every work: how far behind, what it costs on either side, how long a small file waits meanwhile. */
export const makeDailyWorkload = (work: DailyWork): Workload => ({
  name: work.name,
  title: work.title,
  figures: [
    { key: 'writer', title: 'the writer’s own time', unit: 's' },
    { key: 'identical', title: 'from its begin until both trees are identical', unit: 's' },
    { key: 'behind', title: 'beyond the writer', unit: 's', bar: work.bars.behind },
    { key: 'lag', title: 'longest a small file waited meanwhile', unit: 's', bar: work.bars.lag ?? '' },
    { key: 'cpu', title: 'processor time at the source’s side', unit: 's', bar: work.bars.cpu ?? '' },
    { key: 'cpuTarget', title: 'processor time at the target’s side', unit: 's' },
    { key: 'wire', title: 'bytes between the two', unit: 'MiB' },
    { key: 'memory', title: 'peak memory at the source’s side', unit: 'MiB' },
  ],
  run: (bench) => measureWork(work, bench),
});

async function measureWork(work: DailyWork, bench: Bench): Promise<Figures> {
  const { source, quick, contender, network } = bench;
  work.prepare(source, quick);
  makeProbeDirectory(source);
  const running = await bench.start({
    prefill: async (target) => {
      mkdirSync(dirname(target), { recursive: true });
      execFileSync('cp', ['-aT', source, target]);
    },
  });
  await running.settled();
  if (work.warmed === true) {
    await (await startWork(work.name, source, quick)).run();
    await running.nudge('');
  }
  const before = await awaitIdentity(source, running.target, { timeoutMs: 60_000, xattrs: false });
  if (before.differences.length > 0) return { identical: `before it: ${differencesText(before.differences.length)}` };
  const writing = await startWork(work.name, source, quick);
  await sleep(1_000);
  const [near, far] = [sampleUsage(running.watchers), sampleUsage(running.receivers)];
  try {
    const bytesBefore = network.bytes();
    const probe = contender.watches ? startLagProbe(source, running.target) : undefined;
    const startedAt = performance.now();
    const writer = await writing.run();
    const lagging = probe?.end();
    const writtenMs = performance.now() - startedAt;
    const nudgeCpuBefore = endedChildrenSecondsOf(process.pid);
    await running.nudge('');
    const nudgeCpu = endedChildrenSecondsOf(process.pid) - nudgeCpuBefore;
    const untilNowMs = performance.now() - startedAt;
    const { ms, differences } = await awaitIdentity(source, running.target, { timeoutMs: 60_000, xattrs: false });
    const identical = (untilNowMs + ms) / 1000;
    const waits = await lagging;
    const lag = waits === undefined ? 'watches nothing' : longestOf(waits);
    await sleep(afterwardsMs);
    const { cpuSeconds, peakBytes } = near.usage();
    return {
      ...{ writer, lag, cpu: cpuSeconds + nudgeCpu, cpuTarget: far.usage().cpuSeconds },
      ...{ wire: mebibytesSince(network, bytesBefore), memory: contender.watches ? peakBytes / 1024 ** 2 : undefined },
      identical: differences.length === 0 ? identical : differencesText(differences.length),
      behind: differences.length === 0 ? identical - writtenMs / 1000 : undefined,
    };
  } finally {
    near.stop();
    far.stop();
  }
}

const longestOf = ({ samples, missed }: Latencies): number | string =>
  missed > 0 ? `${missed} never came` : samples.reduce((a, b) => Math.max(a, b), 0) / 1000;

/** A process that has loaded all it needs and waits to be told. */
async function startWork(name: string, source: string, quick: boolean): Promise<{ run(): Promise<number> }> {
  const args = [runner, name, source, quick ? 'quick' : 'whole'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  await lines.next();
  return {
    async run() {
      child.stdin.end('go\n');
      const told = await lines.next();
      const [code] = await ended;
      if (code !== 0) throw new Error(`${name}: its writer ended with ${code}`);
      return Number(told.value) / 1000;
    },
  };
}

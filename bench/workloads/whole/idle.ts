import { setTimeout as sleep } from 'node:timers/promises';
import { Storm } from '../../../testing/storm/storm.ts';
import { cpuSecondsOf, memoryBytesOf, residentBytesOf } from '../../measure/process-usage.ts';
import type { Workload } from '../../workload.ts';

const mebibyte = 1024 * 1024;

export const idle: Workload = {
  name: 'idle',
  title: 'Nothing happens',
  figures: [
    { key: 'cpu', title: 'processor use at the source’s side, of one core', unit: '%', bar: '< 0.1 %' },
    { key: 'resident', title: 'resident memory of the process that watches', unit: 'MiB', bar: '≤ 49 MiB' },
    { key: 'memory', title: 'memory with all its helpers', unit: 'MiB' },
  ],
  async run({ start, source, quick, contender }) {
    if (!contender.watches) return { cpu: 'watches nothing', resident: 'watches nothing', memory: 'watches nothing' };
    await new Storm(source, { seed: 20_260_103 }).run({ steps: 300 });
    const running = await start();
    await running.settled();
    await sleep(5_000);
    const seconds = quick ? 5 : 30;
    const before = cpuSecondsOf(running.watchers);
    await sleep(seconds * 1000);
    const cpu = ((cpuSecondsOf(running.watchers) - before) / seconds) * 100;
    const [pid = 0] = running.watchers;
    return { cpu, resident: residentBytesOf(pid) / mebibyte, memory: memoryBytesOf(running.watchers) / mebibyte };
  },
};

import { randomBytes } from 'node:crypto';
import { appendFileSync, closeSync, openSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitIdentity } from '../../measure/await-identity.ts';
import { differencesText, percentile, type Workload } from '../../workload.ts';

export const append: Workload = {
  name: 'append',
  title: '4 KiB appended to a file of 256 MiB',
  figures: [{ key: 'p50', title: 'visible at the target, p50 of 7', unit: 'ms', bar: '≤ 300 ms' }],
  async run({ start, source, quick }) {
    const file = join(source, 'big');
    const descriptor = openSync(file, 'w');
    for (let i = 0; i < (quick ? 32 : 256); i += 1) writeSync(descriptor, randomBytes(1024 * 1024));
    closeSync(descriptor);
    const running = await start();
    await running.settled();
    const compare = { timeoutMs: 120_000, xattrs: false };
    const ready = await awaitIdentity(source, running.target, compare);
    if (ready.differences.length > 0) return { p50: differencesText(ready.differences.length) };
    const copy = join(running.target, 'big');
    const samples: number[] = [];
    for (let i = 0; i < 7; i += 1) {
      await sleep(500);
      const startedAt = performance.now();
      appendFileSync(file, randomBytes(4096));
      const { size } = statSync(file);
      const nudged = running.nudge('big');
      while (statSync(copy, { throwIfNoEntry: false })?.size !== size) {
        if (performance.now() - startedAt > 30_000) return { p50: 'not within 30 s' };
        await sleep(1);
      }
      samples.push(performance.now() - startedAt);
      await nudged;
    }
    const { differences } = await awaitIdentity(source, running.target, compare);
    return { p50: differences.length === 0 ? percentile(samples, 0.5) : differencesText(differences.length) };
  },
};

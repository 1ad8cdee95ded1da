import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitIdentity } from '../../measure/await-identity.ts';
import { mebibytesSince } from '../../network/target-network.ts';
import { differencesText, type Workload } from '../../workload.ts';

export const renameDirectory: Workload = {
  name: 'rename-directory',
  title: 'A directory of 1,000 × 64 KiB gets another name',
  figures: [
    { key: 'visible', title: 'all of it under the new name, nothing under the old', unit: 's', bar: '≤ 0.1 s' },
    { key: 'wire', title: 'bytes between source and target', unit: 'MiB', bar: '≤ 0.01 MiB' },
  ],
  async run({ start, source, quick, network }) {
    const count = quick ? 100 : 1_000;
    mkdirSync(join(source, 'before'));
    for (let i = 0; i < count; i += 1) writeFileSync(join(source, 'before', `f${i}`), randomBytes(64 * 1024));
    const running = await start();
    await running.settled();
    const compare = { timeoutMs: 60_000, xattrs: false };
    const ready = await awaitIdentity(source, running.target, compare);
    if (ready.differences.length > 0) return { visible: differencesText(ready.differences.length) };
    await sleep(1_000);
    const bytesBefore = network.bytes();
    const startedAt = performance.now();
    renameSync(join(source, 'before'), join(source, 'after'));
    const nudged = running.nudge('');
    const [from, to] = [join(running.target, 'before'), join(running.target, 'after')];
    while (existsSync(from) || !existsSync(to) || readdirSync(to).length !== count) {
      if (performance.now() - startedAt > 60_000) return { visible: 'not within 60 s' };
      await sleep(1);
    }
    const visible = (performance.now() - startedAt) / 1000;
    await nudged;
    const { differences } = await awaitIdentity(source, running.target, compare);
    await sleep(1_000);
    const wire = mebibytesSince(network, bytesBefore);
    return { visible: differences.length === 0 ? visible : differencesText(differences.length), wire };
  },
};

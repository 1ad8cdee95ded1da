import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { awaitIdentity } from '../await-target.ts';
import { differencesText, type Workload } from '../workload.ts';

export const manyFiles: Workload = {
  name: 'many-files',
  title: '10,000 small files at once',
  figures: [
    { key: 'writer', title: 'the writer’s own time', unit: 's' },
    {
      key: 'identical',
      title: 'from its begin until both trees are identical',
      unit: 's',
      bar: '≤ 1.25 × writer + 0.3 s',
    },
    { key: 'over', title: 'beyond 1.25 × writer', unit: 's', bar: '≤ 0.3 s' },
  ],
  async run({ start, source, quick }) {
    const running = await start();
    await running.settled();
    const count = quick ? 1_000 : 10_000;
    const startedAt = performance.now();
    for (let i = 0; i < count; i += 1) {
      const directory = join(source, `d${i % 10}`);
      if (i < 10) mkdirSync(directory);
      writeFileSync(join(directory, `f${i}`), randomBytes(1024));
      if (i % 100 === 0) await turn();
    }
    const writer = (performance.now() - startedAt) / 1000;
    await running.nudge('');
    const before = (performance.now() - startedAt) / 1000;
    const seen = (): number =>
      Array.from({ length: 10 }, (_, i) => listed(join(running.target, `d${i}`))).reduce(
        (sum, names) => sum + names,
        0,
      );
    const { ms, differences } = await awaitIdentity(source, running.target, {
      timeoutMs: 90_000,
      isLikely: () => seen() >= count,
      xattrs: false,
    });
    if (differences.length > 0) return { writer, identical: differencesText(differences.length) };
    const identical = before + ms / 1000;
    return { writer, identical, over: Math.max(0, identical - 1.25 * writer) };
  },
};

const listed = (directory: string): number => {
  try {
    return readdirSync(directory).length;
  } catch {
    return 0;
  }
};

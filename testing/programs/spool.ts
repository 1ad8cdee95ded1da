import * as fs from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from './program.ts';

/** A queue of jobs that fills and runs empty, again and again. */
export const spoolProgram: Program = {
  name: 'spool',
  expects: 'An empty queue is empty at the copy too, and nothing is held back because all of it went.',
  async run({ directory, random, rounds, signal }) {
    for (const name of ['queue', 'active']) fs.mkdirSync(join(directory, name), { recursive: true });
    for (let round = 0; round < rounds && signal?.aborted !== true; round += 1) {
      for (let n = 1 + random.below(30); n > 0; n -= 1)
        fs.writeFileSync(join(directory, 'queue', `job-${round}-${n}`), random.bytes(random.below(2_000)));
      await sleep(random.below(10));
      for (const job of fs.readdirSync(join(directory, 'queue'))) {
        fs.renameSync(join(directory, 'queue', job), join(directory, 'active', job));
        fs.appendFileSync(join(directory, 'active', job), 'under way\n');
        fs.unlinkSync(join(directory, 'active', job));
      }
      await sleep(random.below(10));
    }
  },
  check(copy) {
    const left = ['queue', 'active'].flatMap((name) => fs.readdirSync(join(copy, name)));
    if (left.length > 0) throw new Error(`check spool: ${left.length} jobs are left`);
  },
};

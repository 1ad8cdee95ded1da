import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../contender.ts';
import { awaitContent } from './await-target.ts';

export interface LatencyOptions {
  readonly samples: number;
  /** Ends earlier once so much time is gone, ms. */
  readonly budgetMs: number;
  /** Below the source; it must be there. */
  readonly directory?: string;
  /** Where they are written, if by another way than the contender sees the source; absent: as it does. */
  readonly writeTo?: string;
}

export interface Latencies {
  /** From before the file is opened until its whole content is at the target, ms. */
  readonly samples: readonly number[];
  readonly missed: number;
}

const timeoutMs = 30_000;

/** Writes one 4 KiB file after another and watches each arrive, at all targets. */
export async function measureLatencies(running: Running, source: string, options: LatencyOptions): Promise<Latencies> {
  const samples: number[] = [];
  let missed = 0;
  const until = performance.now() + options.budgetMs;
  for (let i = 0; i < options.samples && performance.now() < until; i += 1) {
    const path = join(options.directory ?? '', `probe-${i}-${randomBytes(4).toString('hex')}`);
    const content = randomBytes(4096);
    const startedAt = performance.now();
    writeFileSync(join(options.writeTo ?? source, path), content);
    const nudged = running.nudge(path);
    let isThere = true;
    for (const target of running.targets) isThere &&= await awaitContent(join(target, path), content, timeoutMs);
    if (isThere) samples.push(performance.now() - startedAt);
    else missed += 1;
    await nudged;
    await sleep(30 + Math.random() * 50);
  }
  return { samples, missed };
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasContent } from './await-target.ts';
import type { Latencies } from './file-latency.ts';

export const probeDirectory = 'probe';
const everyMs = 100;
const lookMs = 2;
const timeoutMs = 60_000;

/** How far behind a target is while something else goes on: a small file every 100 ms, and how long each takes. */
export interface LagProbe {
  /** Writes no more, waits for what is under way. */
  end(): Promise<Latencies>;
}

/** The source's `probe` directory must be there. */
export function startLagProbe(source: string, target: string): LagProbe {
  const waits: Promise<number | undefined>[] = [];
  const probe = async (path: string): Promise<number | undefined> => {
    const content = randomBytes(64);
    const startedAt = performance.now();
    writeFileSync(join(source, path), content);
    while (!hasContent(join(target, path), content)) {
      if (performance.now() - startedAt > timeoutMs) return undefined;
      await sleep(lookMs);
    }
    return performance.now() - startedAt;
  };
  const next = (): void => {
    waits.push(probe(join(probeDirectory, `p${waits.length}`)));
  };
  next();
  const timer = setInterval(next, everyMs);
  return {
    async end() {
      clearInterval(timer);
      const lags = await Promise.all(waits);
      const samples = lags.filter((lag) => lag !== undefined);
      return { samples, missed: lags.length - samples.length };
    },
  };
}

export function makeProbeDirectory(source: string): void {
  mkdirSync(join(source, probeDirectory));
}

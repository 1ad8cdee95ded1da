import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hasContent } from './await-target.ts';

export const probeDirectory = 'probe';
const everyMs = 100;
const lookMs = 2;
const timeoutMs = 60_000;

/** How far behind a target is while something else goes on: a small file every 100 ms, and how long each takes. */
export interface LagProbe {
  /** Writes no more, waits for what is under way. @returns the longest, s; a text if one never came */
  end(): Promise<number | string>;
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
      let longest = 0;
      let missed = 0;
      for (const lag of await Promise.all(waits)) {
        if (lag === undefined) missed += 1;
        else longest = Math.max(longest, lag);
      }
      return missed > 0 ? `${missed} of ${waits.length} never came` : longest / 1000;
    },
  };
}

export function makeProbeDirectory(source: string): void {
  mkdirSync(join(source, probeDirectory));
}

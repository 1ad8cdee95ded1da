import { mkdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const timeoutMs = 10_000;
const betweenMs = 30;

/** Resolves with the time (performance.now) at which a file has the content. */
const becomesVisible = (directory: string, name: string, content: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const path = join(directory, name);
    const done = (): void => {
      watcher.close();
      clearInterval(poll);
      clearTimeout(deadline);
    };
    const look = (): void => {
      const at = performance.now();
      try {
        if (readFileSync(path, 'latin1') !== content) return;
      } catch {
        return;
      }
      done();
      resolve(at);
    };
    const watcher = watch(directory, look);
    // Should the watch miss it: a lost event must not look like lost data.
    const poll = setInterval(look, 20);
    const deadline = setTimeout(() => {
      done();
      reject(new Error(`${path} didn't show the change within ${timeoutMs / 1000} s`));
    }, timeoutMs);
    look();
  });

const waitFor = async (path: string): Promise<void> => {
  for (;;) {
    try {
      readFileSync(path);
      return;
    } catch {
      await sleep(5);
    }
  }
};

/**
 * Writes 4 KiB files, new ones and old ones again, one at a time, so many or until a time (performance.now), and says for each target after how many ms each was
 * seen there with its content: read from outside of the two halves.
 */
export const measureVisibility = async (
  source: string,
  targets: readonly string[],
  limits: { readonly count: number; readonly untilMs: number },
  onSample: (index: number) => void,
): Promise<number[][]> => {
  const place = 'live';
  mkdirSync(join(source, place));
  writeFileSync(join(source, place, 'first'), '');
  await Promise.all(targets.map((target) => waitFor(join(target, place, 'first'))));
  const samples: number[][] = targets.map(() => []);
  for (let index = 0; index < limits.count && performance.now() < limits.untilMs; index += 1) {
    await sleep(betweenMs);
    // Every name is written twice: created, then edited with the same size.
    const name = `note-${index >> 1}.txt`;
    const content = `${index}`.padStart(8, '0').repeat(512);
    const seen = targets.map((target) => becomesVisible(join(target, place), name, content));
    const writtenAt = performance.now();
    writeFileSync(join(source, place, name), content);
    for (const [which, at] of (await Promise.all(seen)).entries()) samples[which]?.push(at - writtenAt);
    onSample(index + 1);
  }
  return samples;
};

/** The value below which a share of the samples lies; 0 without samples. */
export const percentile = (samples: readonly number[], share: number): number =>
  samples.toSorted((a, b) => a - b)[Math.min(samples.length - 1, Math.ceil(samples.length * share) - 1)] ?? 0;

import { readResidentBytes } from './resident-bytes.ts';
import { createProgramTrimmer, giveBackFree } from './trim-memory.ts';

export interface Usage {
  /** Processor time of this process until now, ms. */
  readonly usedMs: number;
  readonly residentBytes: number;
}

const lookEveryMs = 10_000;
const afterStartMs = 300;
/** Three hundredths of a core: a comparison in the background takes two. */
const idleMs = lookEveryMs * 0.03;
/** What would come back is not worth the work below. */
const worthBytes = 4 * 1_048_576;
/** Collecting takes some tens of ms, and what it dropped of compiled code is compiled again. */
const collectEveryMs = 600_000;

/** Whether memory is given back now: `before` was a look ago, `trimmedTo` is what was resident after the last time. Pure. */
export const isWorthTrimming = (before: Usage, now: Usage, trimmedTo: number): boolean =>
  now.usedMs - before.usedMs < idleMs && now.residentBytes - trimmedTo >= worthBytes;

const measure = (): Usage => {
  const { user, system } = process.cpuUsage();
  return { usedMs: (user + system) / 1000, residentBytes: readResidentBytes() };
};

/** Gives memory back whenever this process is idle and has grown, never while it works. @returns what ends it */
export const trimWhenIdle = (trimProgramPages = createProgramTrimmer(), giveBack = giveBackFree): (() => void) => {
  let before = measure();
  let trimmedTo = 0;
  let collectedAt = Number.NEGATIVE_INFINITY;
  const timer = setInterval(() => {
    if (isWorthTrimming(before, measure(), trimmedTo)) {
      if (performance.now() - collectedAt >= collectEveryMs) {
        giveBack();
        collectedAt = performance.now();
      }
      trimProgramPages();
      trimmedTo = readResidentBytes();
    }
    before = measure();
  }, lookEveryMs);
  timer.unref();
  // The start itself needed most of it.
  const first = setTimeout(trimProgramPages, afterStartMs);
  first.unref();
  return () => {
    clearInterval(timer);
    clearTimeout(first);
  };
};

import { readFileSync } from 'node:fs';
import type { Clock } from '../../../src/process/clock.ts';
import { ProcessorBudget } from './processor-budget.ts';

/** Of one core, over time; what a burst may take at once, seconds. */
const share = 0.2;
const burstSeconds = 30;
/** The kernel counts in hundredths of a second. */
const readEveryMs = 50;

/** The budget of this process. */
export const makeProcessorBudget = (clock: Clock): ProcessorBudget => {
  let readAt = Number.NEGATIVE_INFINITY;
  let used = 0;
  const readNowAndThen = (): number => {
    const now = clock.monotonic();
    if (now - readAt < readEveryMs) return used;
    readAt = now;
    used = readProcessorSeconds();
    return used;
  };
  return new ProcessorBudget(share, burstSeconds, readNowAndThen, clock.monotonic());
};

/** Clock ticks a second in /proc; the kernel's USER_HZ is 100 on every architecture that Node runs on. */
const ticksPerSecond = 100;

/**
 * Processor seconds that this process and its ended children have used so far (proc(5), /proc/PID/stat fields 14 to 17);
 * where there is no /proc, this process alone.
 */
export function readProcessorSeconds(): number {
  try {
    const stat = readFileSync('/proc/self/stat', 'latin1');
    // The name before it may hold anything, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000_000;
  }
}

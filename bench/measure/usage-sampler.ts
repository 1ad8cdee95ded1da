import { cpuSecondsOf, memoryBytesOf } from './process-usage.ts';

const everyMs = 200;

export interface Usage {
  /** Since the start, s. */
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** What a family of processes uses from now on; memory is looked at five times a second. */
export function sampleUsage(roots: readonly number[]): { usage(): Usage; stop(): void } {
  const cpuBefore = cpuSecondsOf(roots);
  let peakBytes = memoryBytesOf(roots);
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, memoryBytesOf(roots));
  }, everyMs);
  return {
    usage: () => ({ cpuSeconds: cpuSecondsOf(roots) - cpuBefore, peakBytes }),
    stop: () => clearInterval(timer),
  };
}

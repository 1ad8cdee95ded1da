import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** The run of a kernel. */
export interface Boot {
  /** Empty where the kernel does not say. */
  readonly id: string;
  /** When it began, ms since 1970 by the wall clock as it is set now: it moves when the clock is set. */
  readonly startedAt: number;
}

let id: string | undefined;

/** The kernel's own, to a second. */
export const readBoot = (): Boot => {
  id ??= readBootId();
  return { id, startedAt: Date.now() - Math.floor(uptime()) * 1_000 };
};

const readBootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return '';
  }
};

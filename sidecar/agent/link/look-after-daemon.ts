import type { Dial } from '../rsync/tunnel.ts';

/** As a heartbeat is too old after three of a receiver's intervals, so is the last word of a daemon. */
const everyMs = 15_000;

/**
 * A plain daemon says nothing by itself: what answered once may be gone for hours before the next change is sent. The
 * answer, called every few seconds, opens a connection now and then and closes it again, which costs the daemon no place of
 * a module. It throws, as `dial` does, when that failed twice in a row: a daemon that is started anew is back by then.
 */
export const makeLookAfterDaemon = (
  dial: Dial,
  monotonicMs: () => number = () => performance.now(),
): (() => Promise<void>) => {
  let nextAt = monotonicMs() + everyMs;
  let hasFailed = false;
  return async () => {
    if (monotonicMs() < nextAt) return;
    try {
      (await dial()).destroy();
      hasFailed = false;
      nextAt = monotonicMs() + everyMs;
    } catch (error) {
      if (hasFailed) throw error;
      // The next call looks once more.
      hasFailed = true;
    }
  };
};

import type { Now, Observed, Report } from './observed.ts';
import { heartbeatLimitMs } from './replica-state.ts';

/** Nobody at all is heard any more, of any SyncReplica: nothing is known, and nothing is said to have changed. */
export const isDeaf = ({ hearingAt }: Pick<Observed, 'hearingAt'>, now: Now): boolean =>
  now.monotonicMs - hearingAt > heartbeatLimitMs;

/**
 * What a report is worth now. `Unasked`: it is old, but nobody looked for a younger one, or whoever looked hears nobody; what it says is
 * not known to hold any more, nor that it doesn't.
 */
export type Hearing = 'Heard' | 'Unasked' | 'Silent';

export const judgeHearing = (
  { hearingAt }: Pick<Observed, 'hearingAt'>,
  { at, lookedAt = Infinity }: Pick<Report<unknown>, 'at' | 'lookedAt'>,
  { monotonicMs }: Pick<Now, 'monotonicMs'>,
): Hearing => {
  if (monotonicMs - at <= heartbeatLimitMs) return 'Heard';
  return Math.min(monotonicMs, hearingAt, lookedAt) - at > heartbeatLimitMs ? 'Silent' : 'Unasked';
};

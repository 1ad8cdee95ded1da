import type { Now, Observed, Report } from './observed.ts';
import { heartbeatLimitMs } from './replica-state.ts';

/** Nobody at all is heard any more, of any SyncReplica: nothing is known, and nothing is said to have changed. */
export const isDeaf = ({ hearingAt }: Pick<Observed, 'hearingAt'>, now: Now): boolean =>
  now.monotonicMs - hearingAt > heartbeatLimitMs;

/** Is a report young enough that its sender is not silent, by when anybody was heard? */
export const isHeard = ({ hearingAt }: Pick<Observed, 'hearingAt'>, report: Report<unknown>, now: Now): boolean =>
  Math.min(now.monotonicMs, hearingAt) - report.at <= heartbeatLimitMs;

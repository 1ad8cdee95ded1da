import type { AgentStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { Report } from '../observed.ts';
import { heartbeatIntervalMs, heartbeatLimitMs } from '../replica-state.ts';

/** What is known of one who is to be asked, and when. Times are monotonic, ms. */
export interface AskQuestion {
  readonly kind: 'agent' | 'receiver';
  readonly report: Pick<Report<AgentStatus>, 'at' | 'isHanded'> | undefined;
  /** It runs older settings than it is to have. */
  readonly isBehind: boolean;
  readonly now: number;
}

/**
 * By whom one is to be asked. `nobody`: a receiver told of it just now. `heard`: among those who answer. `unsure`: a receiver
 * spoke for it, so nobody knows whether it can be reached at all; `silent`: a receiver says that it says nothing any more. Those two may
 * take as long as a question is waited for, and nobody who answers waits behind them.
 */
export type Askers = 'nobody' | 'heard' | 'unsure' | 'silent';

export const whoAsks = ({ kind, report, isBehind, now }: AskQuestion): Askers => {
  if (kind === 'receiver' || !report?.isHanded) return 'heard';
  if (now - report.at > heartbeatLimitMs) return 'silent';
  return isBehind ? 'unsure' : 'nobody';
};

/**
 * When one who did not answer is asked again, ms: regularly until it is known to be silent, and undefined from then on (ever more
 * rarely). A question that got no answer says only that there was nothing until it was asked.
 */
export const askAgainInMs = (reportAt: number | undefined, askedAt: number, now: number): number | undefined => {
  if (reportAt === undefined || askedAt - reportAt > heartbeatLimitMs) return undefined;
  const knownAt = reportAt + heartbeatLimitMs + 1;
  const next = askedAt + heartbeatIntervalMs;
  return Math.max(0, (next + heartbeatIntervalMs / 2 < knownAt ? next : knownAt) - now);
};

/** Somebody waits for the end of a first pass; but not for one to a target that stays away. */
const beginningMs = 60_000;

export const isBeginning = (agents: readonly (AgentStatus | undefined)[], nowMs: number): boolean =>
  agents.some((status) => {
    const isYoung = status !== undefined && nowMs - status.startedAt < beginningMs;
    return (status?.replicas ?? []).some(
      ({ initialPassDone, link }) => !initialPassDone && (link === 'Online' || (isYoung && link !== 'Paused')),
    );
  });

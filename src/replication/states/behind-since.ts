import type { ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';

/** What is known of one replica now, and what was said of it before. */
export interface BehindFacts {
  /** What was said so far, wall clock, ms. */
  readonly before: number | undefined;
  /** What an agent says now; undefined where none is heard. */
  readonly report: Pick<ReplicaStatus, 'lagSeconds' | 'initialPassDone'> | undefined;
  /** The target is the source, by this agent, or by the last one at its end. */
  readonly inSync: boolean;
  readonly isPromoted: boolean;
  readonly wallMs: number;
}

/**
 * Since when something of the source is not on the target, wall clock, ms; undefined where nobody says so. What an agent left
 * undone at its end stays so until another one has compared all, however young that one's own changes are. Pure.
 */
export const judgeBehindSince = ({ before, report, inSync, isPromoted, wallMs }: BehindFacts): number | undefined => {
  // Of a target that is in use in place of its source nobody says what the source has more.
  if (inSync || isPromoted) return undefined;
  if (report === undefined) return before;
  const own = report.lagSeconds > 0 ? wallMs - report.lagSeconds * 1000 : undefined;
  if (report.initialPassDone || before === undefined) return own;
  return Math.min(before, own ?? before);
};

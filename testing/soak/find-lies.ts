import type { ReplicaStatus } from '../../sidecar/protocol/agent-status.ts';
import type { Difference } from '../trees/compare-trees.ts';

/** A difference, and since when the source has been as it is there. */
export interface AgedDifference extends Difference {
  /** ms before the question was asked; negative when the source changed after it. */
  readonly ageMs: number;
}

/** What a lag in whole seconds leaves open, and the time that a change needs to be told of, ms. */
const slackMs = 1_500;

/**
 * What a replica must not differ in, by what it says: nothing older than its lag while it is in sync. What a run under
 * way does to the times of the directories around it for a moment is none.
 */
export function findLies(
  said: Pick<ReplicaStatus, 'inSync' | 'lagSeconds'>,
  differences: readonly AgedDifference[],
): AgedDifference[] {
  if (!said.inSync) return [];
  const mayBeMs = said.lagSeconds * 1000 + slackMs;
  return differences.filter(({ what, ageMs }) => what !== 'unreadable' && what !== 'mtime' && ageMs > mayBeMs);
}

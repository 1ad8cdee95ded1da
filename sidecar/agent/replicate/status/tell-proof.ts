import type { Position } from '../../../protocol/control.ts';
import type { TargetProof } from '../../outline/target-proof.ts';
import type { ReplicatorOptions } from '../replicator-options.ts';
import type { Backlog } from '../work/backlog.ts';
import type { ReplicaRecord } from './replica-record.ts';

export interface ProofTeller {
  /** The target is about to be asked for all that it has; what this answers is called when all of it is durable. */
  onAsk(): () => void;
  /** Call it now and then: nothing may have changed since all was durable. */
  look(): void;
}

/** Tells what is kept for a restart how much a target surely has. */
export const makeProofTeller = (
  proof: TargetProof | undefined,
  { heldBack, notWatched, verifying }: Pick<ReplicatorOptions, 'heldBack' | 'notWatched' | 'verifying'>,
  backlog: Backlog,
  record: ReplicaRecord,
  position: () => Position,
): ProofTeller => {
  /** Undefined while something has to be compared, or is known to differ or not to be watched. */
  const coveredUntil = (): number | undefined => {
    if (!record.initialPassDone || record.held !== null || backlog.passes.owed.length > 0) return undefined;
    if (notWatched() !== undefined || (verifying?.status()?.differences ?? 0) > 0) return undefined;
    return Math.min(backlog.coveredUntil, heldBack().oldestHeldAt ?? Number.POSITIVE_INFINITY);
  };
  return {
    onAsk: () => {
      const until = coveredUntil();
      const asked = position();
      return () => {
        proof?.acknowledged(asked);
        if (until !== undefined) proof?.covered({ until, fullPassAt: record.lastFullPassAt });
      };
    },
    look: () => {
      const until = coveredUntil();
      if (until !== undefined && backlog.unacknowledged.isEmpty)
        proof?.covered({ until, fullPassAt: record.lastFullPassAt });
    },
  };
};

import type { Position } from '../../../protocol/control.ts';
import type { TargetProof } from '../../outline/target-proof.ts';
import type { ReplicatorOptions } from '../replicator-options.ts';
import type { Backlog } from '../work/backlog.ts';
import type { ReplicaRecord } from './replica-record.ts';
import { coveredUntil } from './why-not-in-sync.ts';

export interface ProofTeller {
  /** The target is about to be asked for all that it has; what this answers is called when all of it is durable. */
  onAsk(): () => void;
  /** Call it now and then: nothing may have changed since all was durable. */
  look(): void;
}

/** Tells what is kept for a restart how much a target surely has. */
export const makeProofTeller = (
  proof: TargetProof | undefined,
  options: Pick<ReplicatorOptions, 'clock' | 'heldBack' | 'unseenMs' | 'notWatched' | 'verifying'>,
  backlog: Backlog,
  record: ReplicaRecord,
  position: () => Position,
): ProofTeller => {
  /** Undefined while something has to be compared, or is known to differ or not to be watched. */
  const { notWatched, verifying } = options;
  const until = (): number | undefined => {
    if (!record.initialPassDone || record.held !== null || backlog.passes.owed.length > 0) return undefined;
    if (notWatched() !== undefined || (verifying?.status()?.differences ?? 0) > 0) return undefined;
    return coveredUntil(options, backlog);
  };
  return {
    onAsk: () => {
      const covered = until();
      const asked = position();
      return () => {
        proof?.acknowledged(asked);
        if (covered !== undefined) proof?.covered({ until: covered, fullPassAt: record.lastFullPassAt });
      };
    },
    look: () => {
      const covered = until();
      if (covered !== undefined && backlog.unacknowledged.isEmpty)
        proof?.covered({ until: covered, fullPassAt: record.lastFullPassAt });
    },
  };
};

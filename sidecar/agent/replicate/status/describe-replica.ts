import type { ReplicaStatus } from '../../../protocol/agent-status.ts';
import type { Position } from '../../../protocol/control.ts';
import type { FullPass } from '../../pass/full-pass.ts';
import type { KeptMassesOfTarget } from '../held/kept-deletes.ts';
import type { ReplicatorOptions } from '../replicator-options.ts';
import type { Backlog } from '../work/backlog.ts';
import type { ReplicaRecord } from './replica-record.ts';
import { lagOf, whyNotInSync } from './why-not-in-sync.ts';

/** What a replicator knows of its replica. */
export interface ReplicaFacts {
  readonly backlog: Backlog;
  readonly record: ReplicaRecord;
  readonly kept: KeptMassesOfTarget;
  readonly maxLagMs: number;
  /** The comparison that runs. */
  readonly pass: FullPass | undefined;
  /** Null without a connection. */
  readonly position: Position | null;
}

/** All that is said of a replica. */
export function describeReplica(options: ReplicatorOptions, facts: ReplicaFacts): ReplicaStatus {
  const { unseenMs, heldBack, verifying } = options;
  const { backlog, record, kept, maxLagMs, pass, position } = facts;
  const verification = verifying?.status();
  const { owed, passes } = backlog;
  const lagMs = lagOf(options, backlog);
  const progress = pass?.progress(record.initialPassDone ? 'FullPass' : 'InitialPass') ?? null;
  const left = progress === null || passes.owed.length === 0 ? 0 : progress.filesTotal - progress.filesDone;
  const figures = { maxLagMs, lagMs, differences: verification?.differences ?? 0 };
  const notInSync = whyNotInSync(options, backlog, record, figures);
  return {
    ...record.status(),
    inSync: notInSync === null,
    notInSync,
    lagSeconds: Math.max(lagMs, unseenMs()) / 1000,
    pending: backlog.changes + left + heldBack().heldCount,
    position,
    progress,
    skipped: owed.describe(),
    ...(verification === undefined ? {} : { verification }),
    ...kept.status(),
  };
}

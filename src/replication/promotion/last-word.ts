import type { AgentStatus, NotInSync, ReplicaStatus } from '../../../sidecar/protocol/agent-status.ts';
import type { VolumeStatus } from '../../../sidecar/protocol/control.ts';
import type { Now, Report } from '../observed.ts';
import { type LastWord, livingMs, livingWithPendingMs } from './judge-loss.ts';

export interface Heard extends LastWord {
  /** Changes still come. */
  readonly isAlive: boolean;
}

/**
 * What the writer of a volume said last, as its receiver was told: also one of another cluster, which calls the target by a
 * name of its own.
 */
export const lastWordOf = (receiver: Report<VolumeStatus>, target: string, now: Now): Heard | undefined => {
  const heard = (receiver.status.agents ?? []).flatMap(({ ageMs, status }) => {
    const row = rowOf(status, target);
    // Another pod that waits for the lease knows nothing.
    if (!row || row.lastError?.reason === 'LeaseHeld') return [];
    return [{ silentMs: now.monotonicMs - receiver.at + ageMs, phase: status.phase, row }];
  });
  const [last] = heard.sort((a, b) => a.silentMs - b.silentMs);
  if (!last) return undefined;
  const { silentMs, phase, row } = last;
  const ended = phase === 'Stopping';
  return {
    at: now.wallMs - silentMs,
    pending: row.pending,
    lagMs: row.lagSeconds * 1000,
    ended,
    unsure: whyUnsure(row),
    isAlive: !ended && row.link === 'Online' && silentMs <= (row.pending > 0 ? livingWithPendingMs : livingMs),
  };
};

/** What is not there, or not known to be, and is no change that is pending. */
const missing: ReadonlySet<string> = new Set<NotInSync['reason']>([
  'InitialPass',
  'NotWatched',
  'UpstreamBehind',
  'Refused',
  'Unreadable',
  'Diverged',
]);

/** What a comparison found and is not there yet has no age; while it is counted it is what is pending. */
const whyUnsure = ({ notInSync, pending }: ReplicaStatus): string | undefined =>
  notInSync && (missing.has(notInSync.reason) || (notInSync.reason === 'Behind' && pending === 0))
    ? notInSync.message
    : undefined;

/** An older agent doesn't say which: in another cluster a name may mean another target. */
const rowOf = ({ replicas, handedTo }: AgentStatus, target: string): ReplicaStatus | undefined => {
  if (handedTo !== undefined) return replicas.find((one) => one.target === handedTo);
  return replicas.find((one) => one.target === target) ?? (replicas.length === 1 ? replicas[0] : undefined);
};

/** Until when the target holds everything, as the last writer left it with the receiver; see AgentNote. */
export const coveredAtOf = (status: VolumeStatus | undefined): number | undefined => {
  try {
    const { coveredAt } = JSON.parse(status?.note ?? '{}') as { coveredAt?: unknown };
    return typeof coveredAt === 'number' ? coveredAt : undefined;
  } catch {
    return undefined; // of another version
  }
};

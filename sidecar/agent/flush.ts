import type { Clock } from '../../src/process/clock.ts';
import type { ReplicaStatus } from '../protocol/agent-status.ts';

/** What of a replica decides whether an agent that ends waits for it. */
export interface Owing {
  /** Everything known is on the target. */
  idle(): boolean;
  status(): Pick<ReplicaStatus, 'target' | 'position' | 'link' | 'lastError' | 'pending'>;
}

/** What did not reach a target before the end: the next start's comparison sends it. */
export interface Unsent {
  readonly target: string;
  readonly pending: number;
  readonly why: string;
}

/** A target without a connection gets so long to come back: a restarting receiver does, a site that is down does not. */
export const reconnectMs = 2_000;
const lookEveryMs = 10;

/** While another agent writes, or nobody may, nothing of ours can arrive. */
const isShutOut = ({ link, lastError }: ReturnType<Owing['status']>): boolean =>
  link === 'Paused' || (link === 'Offline' && lastError?.reason === 'LeaseHeld');

/**
 * Waits until every replica has what is known, as long as it can still arrive: at most `graceMs`, and for a target that is
 * not connected no longer than `reconnectMs`. `push` hands over what is still held back.
 */
export async function flushReplicas(
  replicas: readonly Owing[],
  options: { readonly graceMs: number; readonly clock: Pick<Clock, 'monotonic' | 'sleep'>; readonly push: () => void },
): Promise<Unsent[]> {
  const { graceMs, clock, push } = options;
  const until = clock.monotonic() + graceMs;
  const lostAt = new Map<Owing, number>();
  const canArrive = (replica: Owing): boolean => {
    const status = replica.status();
    const now = clock.monotonic();
    if (status.position !== null) lostAt.delete(replica);
    else if (!lostAt.has(replica)) lostAt.set(replica, now);
    return now < until && !isShutOut(status) && now - (lostAt.get(replica) ?? now) < reconnectMs;
  };
  const waitsFor = (replica: Owing): boolean => !replica.idle() && canArrive(replica);
  for (push(); replicas.filter(waitsFor).length > 0; push()) await clock.sleep(lookEveryMs);
  return replicas
    .filter((replica) => !replica.idle())
    .map((replica) => {
      const { target, pending, position, lastError } = replica.status();
      const late = position === null ? 'the target is not connected' : 'the time to stop was over';
      return { target, pending, why: position === null ? (lastError?.message ?? late) : late };
    });
}

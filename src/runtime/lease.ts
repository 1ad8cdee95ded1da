/** A Lease of coordination.k8s.io as far as an election needs it. Times are ms since 1970. */
export interface LeaseRecord {
  readonly holder: string;
  readonly durationMs: number;
  readonly acquiredAt: number;
  readonly renewedAt: number;
  readonly transitions: number;
}

/** A record and when this process first saw it just so, on its own clock: other machines' clocks are not trusted. */
export interface SeenLease {
  readonly record: LeaseRecord;
  readonly since: number;
}

export type LeaseVerdict =
  | { readonly kind: 'wait' }
  | { readonly kind: 'take' | 'renew'; readonly record: LeaseRecord; readonly epoch: number };

export interface LeaseQuestion {
  readonly identity: string;
  /** Monotonic ms, as `SeenLease.since`. */
  readonly now: number;
  /** Ms since 1970. */
  readonly wallClock: number;
  readonly timing: { readonly leaseMs: number };
}

/** What a candidate does about the lease it sees: client-go's rules (tools/leaderelection). */
export const judgeLease = (seen: SeenLease | undefined, question: LeaseQuestion): LeaseVerdict => {
  const { identity, now, wallClock, timing } = question;
  const fresh = { holder: identity, durationMs: timing.leaseMs, acquiredAt: wallClock, renewedAt: wallClock };
  if (!seen) {
    const transitions = firstTransitions(wallClock);
    return { kind: 'take', record: { ...fresh, transitions }, epoch: transitions };
  }
  const { record, since } = seen;
  if (record.holder === identity) {
    return {
      kind: 'renew',
      record: { ...fresh, acquiredAt: record.acquiredAt, transitions: record.transitions },
      epoch: record.transitions,
    };
  }
  const isHeld = record.holder !== '' && now - since < record.durationMs;
  if (isHeld) return { kind: 'wait' };
  const transitions = record.transitions + 1;
  return { kind: 'take', record: { ...fresh, transitions }, epoch: transitions };
};

/**
 * Where a Lease is made anew the count goes on from the minutes since 1970 (it is an int32): agents and receivers
 * remember the highest epoch they saw, and would refuse an operator that began at 0 again after its Lease was deleted.
 */
const firstTransitions = (wallClock: number): number => Math.floor(wallClock / 60_000);

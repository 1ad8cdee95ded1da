import type { Backoff } from '../../../src/process/backoff.ts';
import type { SessionEnd } from './session-events.ts';

/** A writer that waits for another to go asks this often. */
const leaseRetryMs = 3_000;
/** A target that is in use in place of the source is asked no more often than for people to notice that it is not any more. */
const promotedRetryMs = 30_000;

/** A pause that ends is noticed within so long. */
export const pausedLookMs = 250;

/** How long to wait before a target is tried again after a session. */
export function retryMs({ reason }: Pick<SessionEnd, 'reason'>, backoff: Backoff): number {
  if (reason === 'Promoted') return promotedRetryMs;
  return Math.min(backoff.next(), reason === 'LeaseHeld' ? leaseRetryMs : Infinity);
}

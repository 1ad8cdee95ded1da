import type { InotifyEvent } from './inotify-events.ts';
import { inotifyBit } from './inotify-mask.ts';

/** A MOVED_FROM and its MOVED_TO, at the place of the first; any other event as it came. */
export interface PairedMove {
  readonly from: InotifyEvent;
  readonly to: InotifyEvent;
}

export type PairedEvent = InotifyEvent | PairedMove;

export const isPairedMove = (event: PairedEvent): event is PairedMove => 'from' in event;

export interface Pairing {
  readonly ready: readonly PairedEvent[];
  /** The first MOVED_FROM that is still without its other half, and all that came after it: order is kept. */
  readonly held: readonly InotifyEvent[];
}

/**
 * Joins the halves of renames by cookie. The kernel queues the two separately, so a read may end between them:
 * a lone MOVED_FROM among the `fresh` events waits for one more call; one among the `held` has waited and passes as it is.
 */
export const pairMoves = (held: readonly InotifyEvent[], fresh: readonly InotifyEvent[]): Pairing => {
  const events = held.length === 0 ? fresh : [...held, ...fresh];
  const arrivals = new Map<number, InotifyEvent>();
  for (const event of events) if ((event.mask & inotifyBit.movedTo) !== 0) arrivals.set(event.cookie, event);
  if (arrivals.size === 0 && !events.some(isDeparture)) return { ready: events, held: [] };

  const ready: PairedEvent[] = [];
  const paired = new Set<InotifyEvent>();
  for (let at = 0; at < events.length; at++) {
    const event = events[at] as InotifyEvent;
    if (paired.has(event)) continue;
    if (!isDeparture(event)) {
      ready.push(event);
      continue;
    }
    const to = arrivals.get(event.cookie);
    if (to !== undefined) {
      paired.add(to);
      ready.push({ from: event, to });
    } else if (at < held.length) ready.push(event);
    else return { ready, held: events.slice(at).filter((later) => !paired.has(later)) };
  }
  return { ready, held: [] };
};

const isDeparture = (event: InotifyEvent): boolean => (event.mask & inotifyBit.movedFrom) !== 0;

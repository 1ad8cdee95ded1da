import type { RelPath, RescanReason } from '../changes/change.ts';
import { isAtOrBelow } from '../changes/paths.ts';
import { smallest } from '../changes/smallest.ts';
import type { PassRequest } from './pass-request.ts';

/** Passes that nobody waits for: they look for what can't be known, so nothing is behind because of them. */
const routine: ReadonlySet<RescanReason> = new Set(['schedule', 'requested']);

/** Whether changes may be missing at the target until the pass is done. */
export function isOwed(request: PassRequest): boolean {
  return !routine.has(request.reason);
}

/** One pass that does what two were asked for. */
export function mergePasses(a: PassRequest, b: PassRequest): PassRequest {
  const whole = a.subtrees.includes('') || b.subtrees.includes('') || a.subtrees.length + b.subtrees.length > 100;
  // A comparison by the schedule may leave things out: of two that nobody waits for the other counts.
  const owed = isOwed(a) || (!isOwed(b) && b.reason === 'schedule') ? a : b;
  const sourceReplaced = a.sourceReplaced || b.sourceReplaced;
  const since = [a.since, b.since].filter((at) => at !== undefined);
  return {
    subtrees: whole ? [''] : [...new Set([...a.subtrees, ...b.subtrees])],
    reason: owed.reason,
    sequence: Math.min(a.sequence, b.sequence),
    at: isOwed(a) && isOwed(b) ? Math.min(a.at, b.at) : owed.at,
    since: since.length === 0 ? undefined : smallest(since),
    sourceReplaced,
    // What was announced was so on the root that is gone: of this one it explains nothing.
    announced: sourceReplaced ? [] : mergeAnnounced(a, b),
    mayBeProven: a.mayBeProven && b.mayBeProven,
  };
}

const isAllAnnounced = ({ subtrees, announced }: PassRequest): boolean =>
  subtrees.every((path) => announced.some((top) => isAtOrBelow(path, top)));

/** That something went everywhere while events were lost explains nothing of what another comparison was asked for. */
function mergeAnnounced(a: PassRequest, b: PassRequest): readonly RelPath[] {
  const either = new Set([...a.announced, ...b.announced]);
  if (!isAllAnnounced(a) || !isAllAnnounced(b)) either.delete('');
  return [...either];
}

/** Which comparison runs and which comes next: one at a time, what is asked for meanwhile is merged. */
export class PassSchedule {
  #waiting: PassRequest | undefined;
  #running: PassRequest | undefined;

  request(request: PassRequest): void {
    this.#waiting = this.#waiting === undefined ? request : mergePasses(this.#waiting, request);
  }

  get running(): PassRequest | undefined {
    return this.#running;
  }

  /** Starts the next one, unless one is running. */
  start(): PassRequest | undefined {
    if (this.#running !== undefined) return undefined;
    this.#running = this.#waiting;
    this.#waiting = undefined;
    return this.#running;
  }

  /** Ends the running one; what did not end well is to be done again. */
  finish(done: boolean): void {
    const ended = this.#running;
    this.#running = undefined;
    if (!done && ended !== undefined) this.request(ended);
  }

  /** Those that have to be done before the replica is as far as it should be. */
  get owed(): readonly PassRequest[] {
    return [this.#waiting, this.#running].filter((request) => request !== undefined).filter(isOwed);
  }
}

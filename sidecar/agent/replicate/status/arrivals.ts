import type { EventKind } from '../../../../src/api/settings/replication-settings.ts';
import type { Filter } from '../../../filter/filter.ts';
import type { RelPath } from '../../changes/change.ts';
import { isAtOrBelow } from '../../changes/paths.ts';
import type { Link } from '../../link/link.ts';
import type { Backlog } from '../work/backlog.ts';
import type { ReplicaRecord } from './replica-record.ts';

/** Whether a change is on the target. Durable it is once what was asked after it has been acknowledged. */
export interface Arrivals {
  /** The way to the target while it is connected. */
  link(): Link | undefined;
  /** Whether the target gets such names at all: it may have a filter of its own. */
  concerns(change: { readonly path: RelPath; readonly from?: RelPath }): boolean;
  fateOf(change: { readonly path: RelPath; readonly sequence: number; readonly operation: EventKind }): Fate;
}

/** `left-out`: the target never gets it, for what it is or for its size. */
export type Fate = 'waits' | 'arrived' | 'left-out';

/** Somebody who wants to know what arrives at one target. */
export interface ArrivalObserver {
  attach(arrivals: Arrivals): void;
  /** Some of what was under way is on the target. */
  onProgress(): void;
  /** The target is about to be asked for all that it has; what this answers is called when all of it is durable. */
  onAsk(): () => void;
  /** A comparison is about to bring these over, which no event told of. */
  onPassWork(operation: 'Write' | 'Delete', paths: readonly RelPath[]): void;
}

const leavesOut = (filter: Filter, path: RelPath): boolean =>
  filter.excludes(path, false) && filter.excludes(path, true);

export const makeArrivals = (
  backlog: Backlog,
  record: ReplicaRecord,
  filter: Filter,
  link: () => Link | undefined,
): Arrivals => ({
  link,
  concerns: ({ path, from }) => !leavesOut(filter, path) || (from !== undefined && !leavesOut(filter, from)),
  fateOf: ({ path, sequence, operation }) => {
    const isWorkedOff =
      record.initialPassDone &&
      backlog.readSequence >= sequence &&
      !backlog.pending.has(path) &&
      !backlog.owed.lacks(path) &&
      !(operation === 'Delete' && record.held !== null) &&
      // What a comparison brings over it may still have before it.
      !(sequence === 0 && backlog.passes.running !== undefined) &&
      !backlog.passes.owed.some(({ subtrees }) => subtrees.some((top) => top === '' || isAtOrBelow(path, top)));
    if (!isWorkedOff) return 'waits';
    return backlog.owed.has(path) && operation !== 'Delete' ? 'left-out' : 'arrived';
  },
});

/** Asks for all: what may have to be sent again, and who waits for what arrived. */
export const askWith = (
  ask: () => () => void,
  ...observers: readonly (Pick<ArrivalObserver, 'onAsk'> | undefined)[]
): (() => void) => {
  const told = [ask(), ...observers.flatMap((observer) => observer?.onAsk() ?? [])];
  return () => {
    for (const tell of told) tell();
  };
};
